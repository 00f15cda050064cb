import { StemmaError } from '../core/errors.ts'

/** Every earlier spelling of a command, and the command line that does the same now. */
export const MOVED_COMMANDS: Readonly<Record<string, string>> = {
  children: 'stemma model children',
  relay: 'stemma register --signed',
  supersede: 'stemma model supersede',
  retire: 'stemma model retire',
  recall: 'stemma model recall',
  'attest-parent': 'stemma model attest',
  countersign: 'stemma model countersign',
  grant: 'stemma credential grant',
  offer: 'stemma credential offer',
  accept: 'stemma credential accept',
  obtain: 'stemma credential obtain',
  renew: 'stemma credential renew',
  suspend: 'stemma credential suspend',
  reinstate: 'stemma credential reinstate',
  revoke: 'stemma credential revoke',
  audit: 'stemma usage',
  'audit checkpoint': 'stemma usage checkpoint',
  'audit prove': 'stemma usage prove',
  'audit verify': 'stemma usage replay',
  'audit usage': 'stemma usage report',
  'publisher show': 'stemma publisher profile show',
  'publisher set-profile': 'stemma publisher profile set',
  'publisher verify': 'stemma publisher profile verify',
  'publisher set-operator': 'stemma publisher operators add',
  'publisher propose': 'stemma publisher control propose',
  'publisher accept': 'stemma publisher control accept',
  deployments: 'stemma deployment list',
  index: 'stemma-server index',
  api: 'stemma-server api',
}

/** Thrown when a command is called by an earlier name. */
export class MovedCommandError extends StemmaError {
  override name = 'MovedCommandError'
  constructor(earlier: string, current: string) {
    const where = current.startsWith('stemma-server') ? ', in the package @stemma/server' : ''
    super('MOVED_COMMAND', `"stemma ${earlier}" is now "${current}"${where}. See ${current.split(' --')[0]} --help.`)
  }
}
