/**
 * Lists the words of the explorer that no page reads, by the types of the program.
 * Usage: node tools/unused-words.ts   (exit code 1 when there are some)
 */
import { globSync } from 'node:fs'
import { join, relative } from 'node:path'

import ts from 'typescript'

const ROOT = join(import.meta.dirname, '..')
const SOURCES = join(ROOT, 'packages/explorer/src')
const WORD_FILE = /(words|actTitles|i18n\/en)\.ts$/
const ZH = /i18n\/zh\.ts$/

const files = globSync('**/*.{ts,tsx}', { cwd: SOURCES }).map((file) => join(SOURCES, file))
const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (path) => ts.sys.readFile(path))
const { options } = ts.parseJsonConfigFileContent(config, ts.sys, ROOT)
const program = ts.createProgram(files, { ...options, noEmit: true })
const checker = program.getTypeChecker()
const read = new Set<ts.Node>()

for (const file of files.filter((each) => !WORD_FILE.test(each) && !ZH.test(each))) visit(program.getSourceFile(file)!)
const unused = files.filter((file) => WORD_FILE.test(file)).flatMap(unusedIn)
for (const each of unused) console.log(each)
process.exitCode = unused.length > 0 ? 1 : 0

function mark(symbol: ts.Symbol | undefined): void {
  for (const declaration of symbol?.declarations ?? []) read.add(declaration)
}

/** Marks the words that a piece of source reads: by name, by an index, by taking an object apart, or by passing it on. */
function visit(node: ts.Node): void {
  if (ts.isPropertyAccessExpression(node)) mark(checker.getSymbolAtLocation(node.name))
  else if (ts.isElementAccessExpression(node)) markIndexed(node)
  else if (ts.isBindingElement(node) && ts.isObjectBindingPattern(node.parent)) {
    mark(checker.getTypeAtLocation(node.parent).getProperty((node.propertyName ?? node.name).getText()))
  } else if (ts.isAsExpression(node)) markAll(node.expression)
  else if (ts.isCallExpression(node)) {
    node.arguments.forEach(/^Object\.(entries|keys|values)$/.test(node.expression.getText()) ? markAll : markPassed)
  }
  node.forEachChild(visit)
}

function markIndexed({ expression, argumentExpression }: ts.ElementAccessExpression): void {
  const index = checker.getTypeAtLocation(argumentExpression)
  const keys = (index.isUnion() ? index.types : [index]).map((each) =>
    each.isStringLiteral() ? each.value : undefined,
  )
  for (const property of checker.getPropertiesOfType(checker.getTypeAtLocation(expression))) {
    if (keys.includes(property.name) || keys.includes(undefined)) mark(property)
  }
}

function markAll(expression: ts.Expression): void {
  checker.getPropertiesOfType(checker.getTypeAtLocation(expression)).forEach(mark)
}

/** What a function of another type takes of an argument; of one of the same type, its own source tells. */
function markPassed(argument: ts.Expression): void {
  const type = checker.getTypeAtLocation(argument)
  const wanted = checker.getContextualType(argument)
  for (const property of wanted && wanted !== type ? checker.getPropertiesOfType(wanted) : []) {
    mark(type.getProperty(property.name))
  }
}

function unusedIn(file: string): string[] {
  const source = program.getSourceFile(file)!
  const found: string[] = []
  const look = (object: ts.ObjectLiteralExpression, path: string): void => {
    for (const property of object.properties) {
      const name = `${path}${property.name?.getText(source) ?? ''}`
      if (!read.has(property)) found.push(`${relative(SOURCES, file)}: ${name}`)
      else if (ts.isPropertyAssignment(property) && ts.isObjectLiteralExpression(property.initializer)) {
        look(property.initializer, `${name}.`)
      }
    }
  }
  for (const statement of source.statements.filter((each) => ts.isVariableStatement(each))) {
    for (const { name, initializer } of statement.declarationList.declarations) {
      if (name.getText(source) === 'en' && initializer && ts.isObjectLiteralExpression(initializer))
        look(initializer, '')
    }
  }
  return found
}
