/**
 * Writes `docs/reference/`: a page for each entry point of package.json, made by TypeDoc from the code's own comments. Names
 * exported symbols that have no comment, links that lead nowhere, and types that an entry point uses and does not export.
 * Usage: node scripts/sdk-reference.ts [--check]   (`--check` writes nothing and fails when a page is stale)
 */
import { globSync, readFileSync } from 'node:fs'
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import {
  Application,
  Converter,
  LogLevel,
  ReflectionKind,
  type DeclarationReflection,
  type ProjectReflection,
} from 'typedoc'
import { MarkdownPageEvent, type PluginOptions } from 'typedoc-plugin-markdown'

const root = join(import.meta.dirname, '..')
const folder = join(root, 'docs/reference')

/** The source files of a package's entry points. */
export function entryPoints(): string[] {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return (Object.values(exports) as (string | { types: string })[])
    .filter((target) => typeof target !== 'string')
    .map(({ types }) => join(root, types.replace('./dist/', '').replace('.d.ts', '.ts')))
}

/** Makes the pages of entry points in a folder, and returns what is wrong with the comments that they are made of. */
export async function makeReference(files: readonly string[], out: string): Promise<string[]> {
  const markdown: Partial<PluginOptions> = {
    outputFileStrategy: 'modules',
    entryFileName: 'README',
    hidePageHeader: true,
    hideBreadcrumbs: true,
    useCodeBlocks: true,
    expandObjects: true,
    expandParameters: true,
  }
  const app = await Application.bootstrapWithPlugins({
    entryPoints: [...files],
    tsconfig: join(root, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    out,
    readme: 'none',
    name: 'stemma',
    disableSources: true,
    excludeExternals: true,
    githubPages: false,
    groupOrder: ['Functions', 'Type Aliases', 'Variables', 'Interfaces', 'Classes'],
    // Types are checked by tsc, with all files.
    skipErrorChecking: true,
    logLevel: LogLevel.Error,
    ...markdown,
  })
  const faults: string[] = []
  // TypeChain's types are made from the contracts, whose reference is their own.
  app.logger.warn = (message) => void (/defined in \S*typechain-types/.test(message) || faults.push(message))
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => shorten(project))
  const project = await app.convert()
  if (!project) throw new Error('TypeDoc could not read the entry points.')
  app.validate(project)
  faults.push(...undocumented(project))
  app.renderer.on(MarkdownPageEvent.END, (page) => {
    page.contents = page.contents!.replaceAll(/^type "([\w.]+)"/gm, 'type $1')
  })
  await app.generateOutputs(project)
  await writeFile(join(out, 'README.md'), overview(project))
  return faults.toSorted()
}

/**
 * Puts the types of an action's namespace beside the action, as `action.Parameters`: else each gets a page of its own. Leaves out what
 * an error has from its base, and how it is made.
 */
function shorten(project: ProjectReflection): void {
  for (const namespace of project.getReflectionsByKind(ReflectionKind.Namespace) as DeclarationReflection[]) {
    for (const child of namespace.children ?? []) child.name = `${namespace.name}.${child.name}`
    project.mergeReflections(namespace, namespace.parent as DeclarationReflection)
  }
  for (const derived of project.getReflectionsByKind(ReflectionKind.Class) as DeclarationReflection[]) {
    if (!derived.extendedTypes?.some((type) => type.toString() === 'StemmaError')) continue
    const rest = (derived.children ?? []).filter((child) => child.flags.isInherited || !child.hasComment())
    for (const child of rest) project.removeReflection(child)
  }
}

const VISIBLE =
  ReflectionKind.FunctionOrMethod | ReflectionKind.Variable | ReflectionKind.ClassOrInterface | ReflectionKind.TypeAlias

/** Exported symbols without a comment. The types of an action's namespace say by their names what they are. */
function undocumented(project: ProjectReflection): string[] {
  const symbols = project.getReflectionsByKind(VISIBLE) as DeclarationReflection[]
  return symbols
    .filter((symbol) => !/\.(Parameters|Options|ReturnType)$/.test(symbol.name))
    .filter((symbol) => ![symbol, ...(symbol.signatures ?? [])].some((one) => one.hasComment()))
    .map((symbol) => `${symbol.getFriendlyFullName()} has no comment`)
}

function overview(project: ProjectReflection): string {
  const modules = project.getChildrenByKind(ReflectionKind.Module)
  const list = modules.map((module) => {
    const words = module.comment!.summary.map(({ text }) => text).join('')
    return `- [${module.name}](${module.name}.md): ${words.replace(/^The entry point `[^`]*`: /, '')}`
  })
  const contracts = '- [contracts](contracts/README.md): what is on chain, with selectors, topics and ABIs.'
  return `# Reference\n\nMade by \`npm run docs\` from the code's own comments.\n\n${[...list, contracts].join('\n')}\n`
}

if (process.argv[1] === import.meta.filename) {
  const out = await mkdtemp(join(tmpdir(), 'stemma-reference-'))
  try {
    const faults = await makeReference(entryPoints(), out)
    for (const fault of faults) console.log(fault)
    if (faults.length > 0) process.exitCode = 1
    const pages = (where: string) =>
      new Map(globSync('*.md', { cwd: where }).map((name) => [name, readFileSync(join(where, name), 'utf8')]))
    const [made, present] = [pages(out), pages(folder)]
    const stale = [...new Set([...made.keys(), ...present.keys()])].filter(
      (name) => made.get(name) !== present.get(name),
    )
    if (process.argv.includes('--check')) {
      for (const name of stale) console.log(`docs/reference/${name} is stale.`)
      if (stale.length > 0) process.exitCode = 1
    } else {
      for (const name of stale) await rm(join(folder, name), { force: true })
      await cp(out, folder, { recursive: true })
    }
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}
