/**
 * Writes `docs/reference/contracts/`: a page for each file of interfaces or types, made from their comments, and a page
 * with the ABIs of the deployed contracts. Names visible declarations without a comment, and broken references in
 * comments. Usage: node tools/contract-reference.ts [--check] (after `hardhat build`; `--check` writes nothing and
 * fails when a page is stale)
 */
import { globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

import { Interface, type Fragment } from 'ethers'

import {
  declaredIn,
  NotCompiledError,
  readSources,
  undocumented,
  type ContractDeclaration,
  type Declaration,
  type Declared,
} from './contract-sources.ts'

const SECTIONS = [
  ['function', 'Functions'],
  ['event', 'Events'],
  ['error', 'Errors'],
  ['type', 'Types'],
] as const

/** A page of the reference: an interface and the other declarations of its file, or the types of a file. */
type Page = { name: string; path: string; comment: string; members: Member[]; names: string[] }
type Member = Pick<Declaration, 'name' | 'contract' | 'code' | 'comment' | 'selector'> & {
  section: (typeof SECTIONS)[number][0]
}

/** The reference by file name, and the faults of the comments that it is made of. */
export type Reference = { files: Map<string, string>; faults: string[] }

/** Makes the reference of a checkout whose contracts are compiled. */
export function contractReference(root: string): Reference {
  const paths = globSync('contracts/**/*.sol', { cwd: root }).toSorted()
  const declared = readSources(root, paths).map(declaredIn)
  const pages = declared.flatMap(pageOf)
  const links = linksOf(pages)
  const internal = new Set(declared.flatMap(namesIn))
  const faults = declared.flatMap(undocumented)
  const files = new Map(
    pages.map((page) => {
      const { text, dead } = linked(page.name, render(page), links, internal)
      faults.push(...dead.map((name) => `${page.path}: a comment refers to {${name}}, which is nowhere`))
      return [`${page.name}.md`, text]
    }),
  )
  files.set('README.md', overview(root, pages, declared))
  return { files, faults }
}

function namesIn({ contracts }: Declared): string[] {
  return contracts.flatMap(({ name, declarations }) => [name, ...declarations.map((declaration) => declaration.name)])
}

function pageOf({ path, contracts, declarations }: Declared): Page[] {
  const main = contracts.find(({ kind }) => kind === 'interface')
  if (!main && !path.startsWith('contracts/types/')) return []
  const declared = [
    ...declarations.filter(({ kind }) => kind !== 'function'),
    ...contracts.flatMap((contract) => contract.declarations),
  ].map((declaration) => ({ ...declaration, section: sectionOf(declaration) }))
  const constants = contracts.filter((contract) => contract.constants.length > 0).map(constantsOf)
  const members = SECTIONS.flatMap(([section]) => [...declared, ...constants].filter((one) => one.section === section))
  if (members.length === 0) return []
  const name = path.split('/').at(-1)!.replace('.sol', '')
  return [{ name, path, comment: main?.comment ?? '', members, names: contracts.map((contract) => contract.name) }]
}

/** The constants of a library, as one member. */
function constantsOf({ name, comment, constants }: ContractDeclaration): Member {
  const code = [`library ${name} {`, ...constants.map((line) => line.replaceAll(/^/gm, '    ')), '}'].join('\n')
  return { name, code, comment, section: 'type' }
}

function render({ name, path, comment, members }: Page): string {
  const { title, text } = wordsOf(comment)
  const sections = SECTIONS.flatMap(([section, heading]) => {
    const own = members.filter((member) => member.section === section)
    return own.length === 0 ? [] : [`## ${heading}`, ...own.map(renderMember)]
  })
  const source = `From [${path}](../../../${path}).`
  return [`# ${name}`, ...(title ? [`**${title}.**`] : []), source, ...(text ? [text] : []), ...sections].join('\n\n')
}

function renderMember({ name, code, comment, selector, section }: Member): string {
  const hash = selector ? [`${section === 'event' ? 'Topic' : 'Selector'} \`${selector}\``] : []
  return [`### ${name}`, `\`\`\`solidity\n${code}\n\`\`\``, wordsOf(comment).text, ...hash].join('\n\n')
}

/** Everything except functions, events and errors is listed among the types. */
function sectionOf({ kind }: Declaration): Member['section'] {
  return kind === 'function' || kind === 'event' || kind === 'error' ? kind : 'type'
}

function wordsOf(comment: string): { title?: string; text: string } {
  const title = /^@title (.*)$/m.exec(comment)?.[1]
  const text = comment
    .replace(/^@title .*\n?/m, '')
    .replaceAll(/^@(dev|notice) /gm, '')
    .trim()
  return { ...(title !== undefined && { title }), text }
}

/** Where each name that a comment may refer to is documented: `Contract.member`, a type or a contract. */
function linksOf(pages: readonly Page[]): Map<string, string> {
  const links = new Map<string, string>()
  for (const page of pages) {
    for (const name of page.names) links.set(name, `${page.name}.md`)
    const slugs = slugsOf(render(page))
    for (const [index, { name, contract }] of page.members.entries()) {
      const target = `${page.name}.md#${slugs[index]}`
      links.set(`${page.name}.${name}`, target)
      links.set(contract ? `${contract}.${name}` : name, target)
    }
  }
  return links
}

/** The anchors of a page's third-level headings, as Markdown hosts make them: a second heading of a name gets `-1`. */
function slugsOf(text: string): string[] {
  const counts = new Map<string, number>()
  const slugs: string[] = []
  for (const [, level, heading] of text.matchAll(/^(#{1,3}) (.*)$/gm)) {
    const slug = heading!.toLowerCase()
    const count = counts.get(slug) ?? 0
    counts.set(slug, count + 1)
    if (level === '###') slugs.push(count === 0 ? slug : `${slug}-${count}`)
  }
  return slugs
}

/**
 * Turns `{name}` of comments into links: a member of this page, one of another (`{Contract.member}`, `{Type-field}`,
 * `{Enum.Member}`), a type. Names that only an implementation has stay code.
 */
export function linked(
  page: string,
  text: string,
  links: ReadonlyMap<string, string>,
  internal: ReadonlySet<string>,
): { text: string; dead: string[] } {
  const dead: string[] = []
  // The odd parts are code.
  const parts = text.split(/(```[^]*?```)/).map((part, index) => {
    if (index % 2 === 1) return part
    return part.replaceAll(/\{([A-Za-z0-9_.-]+)\}/g, (_, name: string) => {
      const [owner] = name.split(/[-.]/) as [string]
      const find = (wanted: string) => links.get(`${page}.${wanted}`) ?? links.get(wanted)
      const ofType = find(owner)?.includes('#') || !/[-.]/.test(name) ? find(owner) : undefined
      const target = find(name) ?? ofType
      if (target !== undefined) return `[\`${name.replace('-', '.')}\`](${target.replace(`${page}.md#`, '#')})`
      if (!internal.has(name)) dead.push(name)
      return `\`${name}\``
    })
  })
  return { text: `${parts.join('')}\n`, dead }
}

function overview(root: string, pages: readonly Page[], declared: readonly Declared[]): string {
  const owners = new Map(
    pages.flatMap(({ name, members }) => members.map(({ selector }) => [selector, `[${name}](${name}.md)`] as const)),
  )
  const list = pages.map(({ name, comment }) => {
    const { title } = wordsOf(comment)
    return `- [${name}](${name}.md)${title ? `: ${title}` : ''}`
  })
  const deployed = declared.flatMap(({ path, contracts }) =>
    contracts.filter(({ kind }) => kind === 'contract').map(({ name }) => ({ name, artifact: `${path}/${name}.json` })),
  )
  const tables = deployed.flatMap(({ name, artifact }) => {
    const { abi } = JSON.parse(readFileSync(join(root, 'artifacts', artifact), 'utf8'))
    const rows = new Interface(abi).fragments.filter(isNamed).map((fragment) => {
      const selector = selectorOf(fragment)
      const where = owners.get(selector) ?? "a standard's, by OpenZeppelin"
      return `| ${fragment.type} | \`${fragment.format('sighash')}\` | \`${selector}\` | ${where} |`
    })
    const head = ['| what | signature | selector | specified by |', '| --- | --- | --- | --- |']
    return [`## ${name}`, [...head, ...rows].join('\n')]
  })
  const text = [
    '# The contracts',
    'Made by `node tools/contract-reference.ts` from the comments in `contracts/`. An interface is the specification of its\ncontract. Below are the functions, events and errors of all that is deployed.',
    list.join('\n'),
    ...tables,
  ]
  return `${text.join('\n\n')}\n`
}

type NamedFragment = Fragment & { name: string }

function isNamed(fragment: Fragment): fragment is NamedFragment {
  return 'name' in fragment
}

function selectorOf(fragment: NamedFragment): string {
  return 'topicHash' in fragment
    ? String(fragment.topicHash)
    : String((fragment as unknown as { selector: string }).selector)
}

/** Writes the pages, or only compares them. Returns the faults. */
function run(root: string, checkOnly: boolean): string[] {
  const folder = join(root, 'docs/reference/contracts')
  const { files, faults } = contractReference(root)
  if (checkOnly) {
    const present = new Map(
      globSync('*', { cwd: folder }).map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
    )
    const names = [...new Set([...present.keys(), ...files.keys()])]
    const stale = names.filter((name) => present.get(name) !== files.get(name))
    return [...faults, ...stale.map((name) => `docs/reference/contracts/${name} is stale.`)]
  }
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  for (const [name, text] of files) writeFileSync(join(folder, name), text)
  return faults
}

if (process.argv[1] === import.meta.filename) {
  try {
    const faults = run(join(import.meta.dirname, '..'), process.argv.includes('--check'))
    for (const fault of faults) console.log(fault)
    if (faults.length > 0) process.exitCode = 1
  } catch (error) {
    if (!(error instanceof NotCompiledError)) throw error
    console.log(error.message)
    process.exitCode = 1
  }
}
