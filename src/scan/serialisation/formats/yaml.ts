import { isAlias, isMap, isScalar, isSeq, parseAllDocuments, visit, type Document, type Node as YamlNode } from 'yaml'

import { quoted } from '../../../core/text.ts'
import type { FormatReader, Judge } from '../../ports.ts'
import { judgeConfig } from './configs.ts'
import { baseNameOf, textOf } from './content.ts'
import { FindingLimit } from './findingLimit.ts'
import { isGadget } from './importedNames.ts'
import { isWithin, TAG_PACKAGES } from './names.ts'
import { Entries, type Value } from './values.ts'

/** Longest YAML that is read, in bytes. */
export const MAX_YAML_BYTES = 1024 * 1024
/** Most values of one file, with those that aliases repeat; their depth; and most brackets that may be open, on which the parser recurses. */
export const YAML_LIMITS = { values: 200_000, depth: 100, open: 500 }
/** Tags that make objects of a language, as they are written. */
const CODE_TAG =
  /!<?(?:new|name|module|apply|applyref):|!(?:!|<tag:yaml\.org,2002:)(?:python|ruby|java|javax|perl|php|js|net)\b|!<?(?:tag:yaml\.org,2002:)?(?:ruby|python)\/|^%TAG\s+\S+\s+tag:yaml\.org,2002:(?:python|ruby)/m

/** Tags by which HyperPyYAML imports a name, and calls it. */
export const NAMING_TAG = /^!(?:new|name|module|apply|applyref):(.*)$/s

/** Tags of Python's plain values, which only strict readers refuse. */
export const PLAIN_TAG =
  /^tag:yaml\.org,2002:python\/(tuple|list|dict|str|unicode|bytes|int|long|float|complex|bool|none)$/

/** Judges YAML by its name: configs of Hydra, NeMo and MLflow. */
export const readYamlFile: FormatReader = (content, judge) => {
  const name = baseNameOf(content)
  if (!/(\.ya?ml|^mlmodel)$/.test(name)) return false
  const text = textOf(content, MAX_YAML_BYTES)
  const fault = text === null ? `${content.size} bytes` : judgeText(name, text, judge)
  if (fault !== null) judge.found({ rule: 'yaml.invalid', what: `${quoted(name)}: ${fault}` })
  return true
}

function judgeText(name: string, text: string, judge: Judge): string | null {
  const limit = new FindingLimit(judge)
  let fault: string | null = null
  try {
    if (depthOf(text) > YAML_LIMITS.open) return bare(text, judge, 'nested too deeply')
    const documents = parseAllDocuments(text, { uniqueKeys: false, logLevel: 'silent' }) as Document.Parsed[]
    for (const document of documents) {
      if (document.errors.length > 0) fault = 'not YAML'
      for (const tag of tagsOf(document)) {
        const level = levelOf(tag)
        if (level !== null) limit.found({ rule: 'yaml.tag', what: `The tag ${quoted(tag)}`, level })
      }
      judgeConfig(name, new Converter(document).value(document.contents, 0), limit)
    }
  } catch {
    // The parser throws on unresolved aliases and deep nesting, and the converter at its limits.
    fault = 'too large or nested too deeply when it is read'
  }
  limit.end()
  return fault === null ? null : bare(text, judge, fault)
}

/** Looks for tags in a text that cannot be read as YAML: other readers may be less strict. */
function bare(text: string, judge: Judge, fault: string): string {
  const tag = CODE_TAG.exec(text)?.[0]
  if (tag !== undefined) judge.found({ rule: 'yaml.tag', what: `The tag ${quoted(tag)}` })
  return fault
}

/** How bad a tag is; undefined as the rule says, null where it is one of the usual names. */
function levelOf(tag: string): 'warn' | 'unknown' | undefined | null {
  const named = NAMING_TAG.exec(tag)?.[1]
  if (named === undefined) return PLAIN_TAG.test(tag) ? 'warn' : undefined
  if (isGadget(named)) return undefined
  return isWithin(named, TAG_PACKAGES) ? null : 'unknown'
}

function tagsOf(document: Document.Parsed): string[] {
  const tags: string[] = []
  visit(document, {
    Node: (_, node) => {
      const tag = unescaped((node as { tag?: unknown }).tag)
      const isCode = /^(tag:yaml\.org,2002:|!)(python|ruby|java|javax|perl|php|js|net)\b/
      if (typeof tag === 'string' && (isCode.test(tag) || NAMING_TAG.test(tag))) tags.push(tag)
    },
  })
  return tags
}

/** A tag as Python reads it: with what is escaped in it. */
function unescaped(tag: unknown): unknown {
  return typeof tag === 'string' && tag.includes('%')
    ? tag.replaceAll(/%([\da-f]{2})/gi, (_, digits: string) => String.fromCharCode(parseInt(digits, 16)))
    : tag
}

function depthOf(text: string): number {
  let open = 0
  let most = 0
  for (const mark of text) {
    if (mark === '{' || mark === '[') most = Math.max(most, ++open)
    else if (mark === '}' || mark === ']') open = Math.max(0, open - 1)
  }
  return Math.max(most, ...[...text.matchAll(/^(?:[ ]*-[ ])+/gm)].slice(0, 10_000).map(([each]) => each.length / 2))
}

/**
 * What the aliases of a document stand for: the newest node before them that has the anchor. They are looked up in the order of the text,
 * because an alias repeats nodes that stand before newer ones of the same anchors. The library goes over the document for each alias.
 */
function targetsOf(document: Document.Parsed): Map<YamlNode, YamlNode> {
  const anchors = new Map<string, YamlNode>()
  const targets = new Map<YamlNode, YamlNode>()
  visit(document, {
    Alias: (_, node) => {
      const target = anchors.get(node.source)
      if (target !== undefined) targets.set(node, target)
    },
    Value: (_, node) => {
      if (node.anchor !== undefined) anchors.set(node.anchor, node)
    },
  })
  return targets
}

class Converter {
  readonly #targets: ReadonlyMap<YamlNode, YamlNode>
  #values = 0

  constructor(document: Document.Parsed) {
    this.#targets = targetsOf(document)
  }

  value(node: unknown, depth: number): Value {
    if (++this.#values > YAML_LIMITS.values || depth > YAML_LIMITS.depth) throw new RangeError()
    if (isAlias(node)) return this.value(this.#targets.get(node) ?? null, depth + 1)
    if (isSeq(node)) return node.items.map((each) => this.value(each, depth + 1))
    if (isMap(node)) return new Entries(node.items.flatMap(({ key, value }) => this.#entry(key, value, depth)))
    if (!isScalar(node)) return null
    const scalar = node.value
    return scalar === null || ['string', 'boolean', 'number'].includes(typeof scalar)
      ? (scalar as Value)
      : String(scalar)
  }

  #entry(key: unknown, value: unknown, depth: number): (readonly [string, Value])[] {
    const name = this.value(key, depth + 1)
    const inner = this.value(value as YamlNode, depth + 1)
    // A merge key spreads its objects.
    if (name === '<<')
      return (Array.isArray(inner) ? inner : [inner]).flatMap((each) => (each instanceof Entries ? [...each.list] : []))
    return [[typeof name === 'object' ? '' : String(name), inner]]
  }
}
