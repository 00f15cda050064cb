import { StemmaError } from '../../core/errors.ts'
import { quoted, shortText } from '../../core/text.ts'

/** Thrown when the Hub does not have a model, or hides it from who asks. */
export class HubNotFoundError extends StemmaError {
  override name = 'HubNotFoundError'
  constructor(id: string, host: string, hasToken: boolean) {
    const remedy = hasToken ? 'the token in HF_TOKEN does not open it' : 'set HF_TOKEN to a token that opens it'
    super(
      'HUB_NOT_FOUND',
      `${host} has no model ${quoted(id)}, or it is private. Check the name; if it is private, ${remedy}.`,
    )
  }
}

/** Thrown when a model has no branch, tag or commit of a name. */
export class HubRevisionError extends StemmaError {
  override name = 'HubRevisionError'
  constructor(id: string, revision: string) {
    super(
      'HUB_REVISION',
      `The model ${quoted(id)} has no revision ${quoted(revision)}. Name a branch, a tag or a commit of it.`,
    )
  }
}

/** Thrown when a revision has no file or folder at a path. */
export class HubPathError extends StemmaError {
  override name = 'HubPathError'
  constructor(id: string, commit: string, path: string) {
    super('HUB_PATH', `The model ${quoted(id)} has nothing at ${quoted(path)} in commit ${commit}. Check the path.`)
  }
}

/** Thrown for a model whose terms its publisher wants accepted first. */
export class HubGatedError extends StemmaError {
  override name = 'HubGatedError'
  override readonly kind = 'refused'
  constructor(id: string, page: string, hasToken: boolean) {
    const remedy = hasToken
      ? `Accept them at ${page} with the account of HF_TOKEN, and wait until the publisher grants access if it asks for that.`
      : `Accept them at ${page}, and set HF_TOKEN to a token of that account.`
    super('HUB_GATED', `The model ${quoted(id)} is gated: its publisher wants its terms accepted first. ${remedy}`)
  }
}

/** Thrown when the Hub refuses a token, or refuses to answer without one. */
export class HubTokenError extends StemmaError {
  override name = 'HubTokenError'
  override readonly kind = 'refused'
  constructor(id: string, host: string, hasToken: boolean) {
    super(
      'HUB_TOKEN',
      hasToken
        ? `${host} does not accept the token in HF_TOKEN. Correct it, or unset it for a model that is public.`
        : `${host} wants a token for the model ${quoted(id)}. Set HF_TOKEN.`,
    )
  }
}

/** Thrown when the Hub refuses to show a model. */
export class HubForbiddenError extends StemmaError {
  override name = 'HubForbiddenError'
  override readonly kind = 'refused'
  constructor(id: string, host: string, status: number, reason: string | null) {
    const why = reason === null ? '' : `: ${quoted(shortText(reason, 200))}`
    super(
      'HUB_FORBIDDEN',
      `${host} refuses to show the model ${quoted(id)} (status ${status}${why}). It may be disabled, or the token in HF_TOKEN may lack the right to read it.`,
    )
  }
}

/** Thrown when the Hub's limit of requests is reached, and waiting would take too long. */
export class HubRateLimitError extends StemmaError {
  override name = 'HubRateLimitError'
  override readonly kind = 'unavailable'
  /** Seconds after which the Hub answers again, as it states; null where it does not. */
  readonly retryAfter: number | null
  constructor(host: string, retryAfter: number | null, hasToken: boolean) {
    const when = retryAfter === null ? 'later' : `in ${Math.ceil(retryAfter)} s`
    const hint = hasToken ? '' : ' With HF_TOKEN set, the limit is higher.'
    super(
      'HUB_RATE_LIMIT',
      `${host} answers no more requests for now. Try again ${when}; what was read is kept.${hint}`,
    )
    this.retryAfter = retryAfter
  }
}

/** Thrown when the Hub cannot be reached, fails, or breaks off, after several attempts. */
export class HubUnavailableError extends StemmaError {
  override name = 'HubUnavailableError'
  override readonly kind = 'unavailable'
  constructor(address: string, why: string, cause?: unknown) {
    super('HUB_UNAVAILABLE', `${address} ${why}. Try again; what was read is kept.`, { cause })
  }
}

/** Thrown when an answer is not what the Hub's documented API gives. */
export class HubAnswerError extends StemmaError {
  override name = 'HubAnswerError'
  override readonly kind = 'unavailable'
  constructor(address: string, what: string, cause?: unknown) {
    super(
      'HUB_ANSWER',
      `The answer of ${address} ${what}. Expected the Hub's API; check HF_ENDPOINT and any proxy, and try again.`,
      { cause },
    )
  }
}

/** Thrown for a redirect that is not followed. */
export class HubRedirectError extends StemmaError {
  override name = 'HubRedirectError'
  override readonly kind = 'refused'
  constructor(address: string, target: string, why: string) {
    super(
      'HUB_REDIRECT',
      `${address} leads to ${quoted(shortText(target, 100))}, ${why}. Check HF_ENDPOINT and any proxy.`,
    )
  }
}

/** Thrown when a file or a commit is not what the Hub said of it before. */
export class HubChangedError extends StemmaError {
  override name = 'HubChangedError'
  override readonly kind = 'undecided'
  constructor(what: string, how: string) {
    super('HUB_CHANGED', `${what} ${how} between two requests. Run again; if it stays so, do not trust the host.`)
  }
}

/** Thrown when a model is larger, in a way that matters, than what is read. */
export class HubTooLargeError extends StemmaError {
  override name = 'HubTooLargeError'
  constructor(what: string, limit: string) {
    super('HUB_TOO_LARGE', `${what}; at most ${limit}. Download the model, and name its folder.`)
  }
}

/** Thrown when a repository has files that no folder can have. */
export class HubListingError extends StemmaError {
  override name = 'HubListingError'
  override readonly kind = 'refused'
  constructor(id: string, what: string) {
    super(
      'HUB_LISTING',
      `The list of files of ${quoted(id)} ${what}. No download can have these files; do not use the model.`,
    )
  }
}
