/** Longest signature file, in bytes. A bundle of a model with 10,000 files takes some megabytes. */
export const MAX_SIGNATURE_BYTES = 16 * 1024 * 1024

const BUNDLE_FIELDS = ['mediaType', 'verificationMaterial', 'dsseEnvelope', 'messageSignature']
const ENVELOPE_FIELDS = ['payload', 'payloadType', 'signatures']

/** Names under which loaders and people read files. Such a file counts, whatever it holds. */
const READ_BY_NAME =
  /\.(py|jinja2?|txt|md|ya?ml|toml|model|tiktoken|vocab|safetensors|gguf|bin|pt|pth|ckpt|h5|onnx|pkl|npz|npy)$|config\.json$|\.index\.json$|^(vocab|merges|tokenizer|modules|model_index|added_tokens|special_tokens_map|chat_template)\.json$/i

/** How the names of signatures end. A script of a shell or of PHP could hold the JSON of one, and run what stands in its texts. */
const SIGNATURE_ENDS = /\.(sig|signature|oms|sigstore|bundle|dsse|intoto|att|attestation|json|jsonl)$/i

/** Whether a file may be a signature by its name: it ends as those do, and is none of the names under which files are read. */
export function isSignatureName(name: string): boolean {
  return SIGNATURE_ENDS.test(name) && !READ_BY_NAME.test(name)
}

/**
 * Whether a file holds signatures and nothing else: a Sigstore bundle, a DSSE envelope, or lines of them (JSON Lines).
 * Further fields are not allowed, nor are the marks of templates, so that a file with a use of its own, such as a configuration
 * or a chat template, cannot pass for a signature and be left out of a digest. Signatures are not checked.
 */
export function isSignatureFile(bytes: Uint8Array): boolean {
  let trimmed: string
  try {
    trimmed = new TextDecoder('utf-8', { fatal: true }).decode(bytes).trim()
  } catch {
    return false
  }
  // Parsing a large configuration would take long.
  if (!trimmed.startsWith('{') || !/"(dsseEnvelope|messageSignature|payloadType)"/.test(trimmed)) return false
  // In JSON these stand only inside a string, and no signature has them.
  if (/\{[{%#]/.test(trimmed)) return false
  const value = parse(trimmed)
  if (value !== undefined) return isSignature(value)
  const lines = trimmed.split('\n').filter((line) => line.trim() !== '')
  return lines.every((line) => isSignature(parse(line)))
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isSignature(value: unknown): boolean {
  return isEnvelope(value) || isBundle(value)
}

function isBundle(value: unknown): boolean {
  if (!hasOnly(value, BUNDLE_FIELDS)) return false
  const { mediaType, verificationMaterial, dsseEnvelope, messageSignature } = value
  if (typeof mediaType !== 'string' || !/^application\/vnd\.dev\.sigstore\.bundle\b/.test(mediaType)) return false
  if (typeof verificationMaterial !== 'object' || verificationMaterial === null) return false
  if (messageSignature === undefined) return isEnvelope(dsseEnvelope)
  return dsseEnvelope === undefined && typeof messageSignature === 'object' && messageSignature !== null
}

function isEnvelope(value: unknown): boolean {
  if (!hasOnly(value, ENVELOPE_FIELDS)) return false
  const { payload, payloadType, signatures } = value
  return typeof payload === 'string' && typeof payloadType === 'string' && Array.isArray(signatures)
}

function hasOnly(value: unknown, fields: readonly string[]): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false
  return Object.keys(value).every((field) => fields.includes(field))
}
