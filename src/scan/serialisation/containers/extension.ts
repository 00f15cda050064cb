/* eslint-disable no-control-regex -- the heads of files are bytes, not text */
import type { Content, FormatReader } from '../../ports.ts'

/** Endings of files that hold data or text, and never an archive or a pickle. */
const DATA =
  /\.(?:safetensors|gguf|ggml|onnx|json|jsonl|txt|md|rst|csv|tsv|ya?ml|toml|png|jpe?g|gif|webp|svg|wav|mp3|mp4|pdf|npy|h5|hdf5|tflite|model|spm)$/i
const HEADS: readonly (readonly [what: string, head: RegExp])[] = [
  ['a zip', /^PK(?:\x03\x04|\x05\x06)/],
  ['a gzip file', /^\x1f\x8b\x08/],
  ['a 7z archive', /^7z\xbc\xaf\x27\x1c/],
  ['a pickle', /^\x80[\x02-\x05](?:\x95|c|\}|\(|\]|\x8c|q|X|K|J|\x8a)/],
]

/** Reports a name that says data, on an archive or a pickle: programs that go by names do not look inside. */
export const extension: FormatReader = (content, judge) => {
  const name = lastName(content)
  if (!DATA.test(name)) return false
  const head = String.fromCharCode(...content.read(0, 8))
  const found = HEADS.find(([, pattern]) => pattern.test(head))
  if (found !== undefined)
    judge.found({
      rule: 'format.extension',
      what: `${found[0]} with the ending of ${DATA.exec(name)![0].slice(1)}`,
      offset: 0,
    })
  return false
}

function lastName({ file, member }: Content): string {
  return member.at(-1) ?? file
}
