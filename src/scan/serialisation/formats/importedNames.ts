import { quoted } from '../../../core/text.ts'
import { isListedAsHarmful } from '../pickle/importTier.ts'
import type { FindingLimit } from './findingLimit.ts'
import { GADGET, HARMFUL_PARTS, IMPORTED_PACKAGES, isWithin } from './names.ts'
import { objectsIn, textsIn, type Value } from './values.ts'

/** Names whose values sentence-transformers imports, and calls, when they are dotted. */
export const IMPORTED_KEYS =
  /^(activation_function|activation_fn|sbert_ce_default_activation_function|default_activation_function|tokenizer_class|loss_fn|similarity_fn)$/

/** Judges a value that loaders import when it is dotted. */
export function judgeImported(key: string, value: Value, limit: FindingLimit): void {
  for (const name of textsIn(value)) {
    if (!/^[A-Za-z_]\w*(\.\w+)+$/.test(name) || (isWithin(name, IMPORTED_PACKAGES) && !isGadget(name))) continue
    limit.found({
      rule: 'code.module',
      what: `${key} is ${quoted(name)}`,
      library: name.split('.')[0],
      level: isGadget(name) ? undefined : 'unknown',
    })
  }
}

/** An implementation of attention that is a repository: loaders fetch its code and run it. */
export function judgeKernel(key: string, value: Value, limit: FindingLimit): void {
  for (const name of textsIn(value))
    if (/^[\w.-]+(\|[\w.-]+)?\/[\w.-]+/.test(name))
      limit.found({ rule: 'code.remote', what: `${key} is ${quoted(name)}` })
}

/** `router_config.json` of sentence-transformers: the types of modules that are imported. */
export function judgeRouter(value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value))
    for (const types of object.all('types'))
      for (const name of textsIn(types))
        if (!isWithin(name, ['sentence_transformers']))
          limit.found({ rule: 'code.module', what: `Module type ${quoted(name)}`, library: name.split('.')[0] })
}

/** Whether a part of a dotted name is such a function, or a module that no class of a model is in. */
export function isGadget(name: string): boolean {
  const parts = name.split(/[.:]/)
  return (
    parts.some((part) => part.startsWith('__') || (HARMFUL_PARTS as readonly string[]).includes(part)) ||
    isListedAsHarmful(parts.slice(0, -1).join('.'), parts.at(-1)!) ||
    parts.slice(1).some((part) => /^[a-z]/.test(part) && GADGET.test(part))
  )
}
