import { StemmaError } from '../core/errors.ts'

/** A contract's custom error: its name as in Solidity, and its arguments by name. */
export type DecodedContractError = { errorName: string; args: Readonly<Record<string, string | bigint>> }

/** Thrown when a contract refuses. `errorName` and `args` are the custom error's; the message says what to do. */
export class ContractError extends StemmaError {
  override name = 'ContractError'
  override readonly kind = 'refused'
  /** Name of the custom error, as in Solidity. */
  readonly errorName: string
  /** Arguments of the custom error by name. */
  readonly args: DecodedContractError['args']

  constructor({ errorName, args }: DecodedContractError, message: string, cause?: unknown) {
    super(codeOf(errorName), message, { cause })
    this.errorName = errorName
    this.args = args
  }
}

/** The code of a custom error: `LINEAGE_CLAIMS_NOT_A_PRODUCT` for `LineageClaimsNotAProduct`. */
function codeOf(errorName: string): string {
  return errorName.replace(/(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])/g, '_').toUpperCase()
}
