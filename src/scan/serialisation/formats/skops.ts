import { quoted } from '../../../core/text.ts'
import { tierOf } from '../pickle/importTier.ts'
import type { FindingLimit } from './findingLimit.ts'
import { isGadget } from './importedNames.ts'
import { isWithin, SKOPS_PACKAGES } from './names.ts'
import { objectsIn, textsIn, type Value } from './values.ts'

/** Nodes of skops that call what they name, whatever it is. */
export const SKOPS_CALLS = /^(OperatorFuncNode|MethodNode|PartialNode|ReduceNode|FunctionNode|TypeNode)$/

/** `schema.json` of skops: each object says its module and class, which are imported. */
export function judgeSkops(value: Value, limit: FindingLimit): void {
  for (const { object } of objectsIn(value)) {
    for (const module of object.all('__module__')) {
      const name = nameOf(object.get('__class__'))
      const { tier, library } = tierOf(nameOf(module), name)
      const what = `${quoted(`${nameOf(module)}.${name}`)} of skops`
      if (tier === 'tensor') continue
      const isCalled = SKOPS_CALLS.test(nameOf(object.get('__loader__')))
      const isKnown = tier === 'library' || isWithin(nameOf(module), SKOPS_PACKAGES)
      if (isKnown && !isCalled) continue
      const isHarmful = !['library', 'other'].includes(tier) || isGadget(name)
      const level = isHarmful ? undefined : isKnown ? 'warn' : 'unknown'
      limit.found({ rule: 'code.module', what, library, level })
    }
    if (nameOf(object.get('__loader__')) !== 'MethodNode') continue
    const called = [...textsIn(object.get('content') ?? null)].find((each) =>
      /^_|^(system|eval|exec|popen|load)$/.test(each),
    )
    if (called !== undefined) limit.found({ rule: 'code.module', what: `A method ${quoted(called)} of skops` })
  }
}

/** A value as a name; empty when it is not a text. */
function nameOf(value: Value | undefined): string {
  return typeof value === 'string' ? value : ''
}
