import { quoted } from '../../../core/text.ts'
import type { Content, FormatReader, Judge } from '../../ports.ts'
import { judgeConfig } from './configs.ts'
import { baseNameOf, looksLikeText, textOf } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { readJson } from './jsonText.ts'
import { isKeras, judgeKeras, judgeMarshalled } from './keras.ts'
import { judgeTokenizer } from './tokenizer.ts'
import { Entries, objectsIn, type Value } from './values.ts'

/** Longest JSON that is read, in bytes. The largest tokenizers take some tens of megabytes. */
export const MAX_JSON_BYTES = 128 * 1024 * 1024
/** Names whose values decide what is imported, called or rendered: when one is a duplicate, one reader may miss the code. */
export const CODE_NAMES =
  /^(auto_map|custom_pipelines?|_target_|target|class_path|parent_library|auto_mapping|module|class_name|registered_name|function_type|chat_template|type|_class_name|trust_remote_code|architectures|model_type|loader_module|config)$/

/** Judges JSON by its content, under any name: configs, Keras models, tokenizers, notebooks. */
export const readJsonFile: FormatReader = (content, judge) => {
  const name = baseNameOf(content)
  const isNamed = /\.(json|ipynb|jsonc)$/.test(name)
  if (!isNamed && !beginsAsJson(content)) return false
  if (name.endsWith('.jsonl')) return false
  const text = textOf(content, MAX_JSON_BYTES)
  if (text === null) {
    judge.found({ rule: 'json.invalid', what: `${quoted(name)} has ${content.size} bytes` })
    return true
  }
  const json = readJson(text)
  if (!('value' in json)) {
    // Text that only begins as JSON does is something else, unless its name says so or it was made to be deep.
    if (isNamed || json.fault === 'deep')
      judge.found({
        rule: 'json.invalid',
        what: json.fault === 'deep' ? 'JSON that is nested too deeply' : 'Text that is not JSON',
        offset: json.at,
      })
    return isNamed || json.fault === 'deep'
  }
  if (isNamed && text.slice(json.end).trim() !== '')
    judge.found({ rule: 'json.invalid', what: 'Text after the end of the JSON', offset: json.end })
  judgeValue(name, json.value, judge)
  return true
}

function judgeValue(name: string, value: Value, judge: Judge): void {
  const limit = new FindingLimit(judge)
  const isVocabulary = /^(vocab|added_tokens|merges|tokenizer|special_tokens_map)\.json$/.test(name)
  judgeDuplicates(value, limit)
  // A vocabulary is data: its names may be any words, and its values are numbers.
  if (!isVocabulary) {
    judgeConfig(name, value, limit)
    if (isKeras(value)) {
      judgeKeras(value, limit)
      judgeMarshalled(value, limit)
    }
  }
  judgeTokenizer(value, limit)
  limit.end()
}

function judgeDuplicates(value: Value, limit: FindingLimit): void {
  for (const { object, path } of objectsIn(value)) {
    const names = new Set<string>()
    let isVocabulary: boolean | undefined
    for (const [name] of object.list) {
      if (names.has(name)) {
        const isCode = CODE_NAMES.test(name) && !(isVocabulary ??= isWords(object))
        limit.found({
          rule: 'json.duplicate',
          what: `${quoted(name)} is twice in ${path === '' ? 'the outermost object' : quoted(path)}`,
          level: isCode ? 'fail' : undefined,
        })
      }
      names.add(name)
    }
  }
}

/** Whether an object is a vocabulary: words with numbers. */
function isWords(object: Entries): boolean {
  return object.list.length > 100 && object.list.every(([, value]) => typeof value === 'number')
}

function beginsAsJson(content: Content): boolean {
  if (content.size < 2 || content.size > MAX_JSON_BYTES || !looksLikeText(content)) return false
  const head = new TextDecoder().decode(content.read(0, Math.min(64, content.size)))
  return /^\uFEFF?\s*[{[]\s*(["[{\d\-}\]]|$)/.test(head)
}
