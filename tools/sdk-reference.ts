/**
 * Writes `docs/reference/`: a page for each entry point of the packages, made by TypeDoc from the code's own comments. The
 * pages are made for a release and not committed. Names exported symbols without a comment, broken links, and types that an
 * entry point uses but does not export.
 * Usage: node tools/sdk-reference.ts [--check]   (`--check` writes nothing; both exit with 1 when they name something)
 */
import { readFileSync } from 'node:fs'
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

/** The source files of the entry points of both packages. */
export function entryPoints(): string[] {
  return ['.', 'packages/server'].flatMap((folder) => {
    const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'))
    return (Object.values(exports) as (string | { source?: string })[]).flatMap((target) =>
      typeof target === 'string' || target.source === undefined ? [] : [join(root, folder, target.source)],
    )
  })
}

/** Makes the pages of entry points in a folder, and returns the faults of the comments that they are made of. */
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
    // tsc checks the types of all files.
    skipErrorChecking: true,
    logLevel: LogLevel.Error,
    ...markdown,
  })
  const faults: string[] = []
  // The types of TypeChain and the items of ABIs come from the contracts, which have their own reference.
  app.logger.warn = (message) =>
    void (/defined in \S*(typechain-types|src\/abi)\//.test(message) || faults.push(message))
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, ({ project }) => {
    for (const module of project.getChildrenByKind(ReflectionKind.Module)) module.name = importName(module.name)
    shorten(project)
  })
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

/** The name by which an entry point is imported, from its folder: `src/sdk` is `stemma/sdk`. */
function importName(folder: string): string {
  return folder.replace(/^src(?=\/|$)/, 'stemma').replace(/^packages\/server\/src(?=\/|$)/, '@stemma/server')
}

/**
 * Lists the types of an action's namespace next to the action, as `action.Parameters`; otherwise each would get its own
 * page. Omits what an error inherits, and its constructor.
 */
function shorten(project: ProjectReflection): void {
  for (const namespace of project.getReflectionsByKind(ReflectionKind.Namespace) as DeclarationReflection[]) {
    for (const child of namespace.children ?? []) child.name = `${namespace.name}.${child.name}`
    project.mergeReflections(namespace, namespace.parent as DeclarationReflection)
  }
  for (const derived of project.getReflectionsByKind(ReflectionKind.Class) as DeclarationReflection[]) {
    if (!derived.extendedTypes?.some((type) => type.toString() === 'StemmaError')) continue
    const inherited = (derived.children ?? []).filter((child) => child.flags.isInherited || !child.hasComment())
    for (const child of inherited) project.removeReflection(child)
  }
}

const VISIBLE =
  ReflectionKind.FunctionOrMethod | ReflectionKind.Variable | ReflectionKind.ClassOrInterface | ReflectionKind.TypeAlias

/** Exported symbols without a comment. The types of an action's namespace do not need one. */
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
    if (!process.argv.includes('--check')) await cp(out, folder, { recursive: true })
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}
