import type { Command } from 'commander'

/** Adds the options of commands that talk to a ledger. */
export function withLedgerOptions(command: Command): Command {
  return command
    .option('--deployment <name|path>', 'which ledger (STEMMA_DEPLOYMENT; by default `local`)')
    .option('--rpc <url>', 'which node (STEMMA_RPC_URL; by default the deployment’s)')
    .option('--timeout <seconds>', 'how long the node may take for an answer', '30')
    .option('--json', 'print JSON')
}

/** Adds the options of commands that send a transaction. The key comes from the environment, never from an option. */
export function withSendOptions(command: Command): Command {
  return withLedgerOptions(command)
    .option('--from <address>', 'an account that the node itself manages, instead of a key')
    .option('--dry-run', 'ask what would happen, and send nothing')
}
