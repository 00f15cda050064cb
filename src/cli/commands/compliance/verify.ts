import type { Command } from 'commander'

import type { Context } from '../../../console/context.ts'
import { withLedgerOptions } from '../../../console/options.ts'
import { RIGHT_NAMES } from '../../../core/vocabulary.ts'
import { PROFILE_NAMES } from '../../../verify/profiles/profile.ts'
import { askBundle } from '../../askBundle.ts'
import { askNode } from '../../askNode.ts'
import { factOption } from '../../facts.ts'
import { ignoreOption } from '../../hashing.ts'
import { printVerdict } from '../../printVerdict.ts'
import { withReportOptions } from '../../reportFormat.ts'
import { withSignatureOptions } from '../../signature.ts'
import { readVerifyArguments, type VerifyOptions } from '../../verifyArguments.ts'

/** `stemma verify`: may it be used so? Exit code 0 permitted, 1 not permitted, 3 unknown. */
export function verify(command: Command, context: Context, exit: (code: number) => void): void {
  withLedgerOptions(
    withReportOptions(
      withSignatureOptions(command.addOption(ignoreOption()))
        .option(
          '--use <rights>',
          `what for, separated by commas: ${RIGHT_NAMES.join(', ')}; may be left out with --bundle, and then uses and licensee are those that it was collected for`,
        )
        .option(
          '--served <name>',
          'the model name in requests, where an endpoint is asked about by its origin: verify the model that its publisher states',
        )
        .option('--policy <file>', 'whose word counts (JSON)')
        .option('--facts <file>', 'facts of the licensee (JSON), which replace those of the policy')
        .addOption(factOption())
        .option('--licensee <address>', "who wants to use it; by default the policy's licensee, else the public")
        .option(
          '--at <time>',
          'answer as the ledger stood then; after the latest block, by what is known now; by default as of that block',
        )
        .option(
          '--max-age <duration>',
          "how old the latest block may be; by default the deployment's, or 1h; that of a bundle 24h; 0s for any age",
        )
        .option('--bundle <file>', 'answer from an offline bundle, without a node (stemma export bundle)')
        .option('--trusted-block <hash>', 'the hash of the block that the bundle has to be of')
        .option('--checkpoint <file>', 'a block that enough of the accounts signed that the policy names (JSON)')
        .option(
          '--strict',
          'count "permitted on conditions" as not permitted, and no publisher for a name that it proves',
        )
        .option(
          '--profile <names>',
          `what else to look at, separated by commas: ${PROFILE_NAMES.join(', ')}; indications, not legal advice`,
        )
        .option('--method <file>', 'the training description of the model (JSON), checked against its registration')
        .option('--datasets <file>', 'the list of its datasets (JSON), checked against its registration')
        .option('--documents <folder>', 'a folder with its method.json, datasets.json and README.md')
        .option(
          '--statements <folder>',
          'a folder of profiles of publishers and training descriptions, for rules of the policy; found by their digests',
        )
        .option('--no-proofs', 'ask no host whether a publisher proves a name, nor for its profile')
        .option('--full', 'print every finding, obligation and id, not just one screen'),
    ),
    {
      example:
        '$ stemma verify ./acme__tiny-chat --use commercial\n$ stemma verify hf:acme/tiny-chat --use commercial\n$ stemma verify acme/tiny-chat --use host \\\n    --fact monthlyRevenueUsd/product=167000000\n$ stemma verify acme/tiny-chat --use commercial --profile deployment,eu-gpai\n$ stemma verify https://api.acme.example --served tiny-chat --use commercial\n$ stemma verify ./acme__tiny-chat --use commercial \\\n    --bundle tiny-chat.bundle --trusted-block 0x…\n$ stemma verify ./acme__tiny-chat --use commercial \\\n    --signature ./acme__tiny-chat/model.sig --key acme.pub',
      json: '{ version, verdict, use, model, publisher, publisherStanding, publishers: [...], licensee, at, dated, block, blockTime, chainId, source,\n  findings: [...], rules: [...], obligations: [...], deciding: [...], ownWork: [...],\n  models: [...], registrations: [...], publisherVerifiedUntil, claims: [...], origin, disclosure,\n  bundle, endpoint, signature, deployment: { name, file, chainId, ledger } }\nfor one use; for several { version, verdict, uses, model, reports: [...], registrations,\npublisherVerifiedUntil, claims, origin, disclosure, signature, deployment } (docs/verify-report.schema.json)',
    },
  ).action(async (text: string | undefined, options: VerifyOptions) => {
    const asked = await readVerifyArguments(context, text, options)
    const { opened, target } = asked
    const found = opened
      ? await askBundle(context, options, asked, opened)
      : await askNode(context, options, { ...asked, target: target! })
    exit(await printVerdict(context, text, options, asked, found))
  })
}
