/** The operators: which small fault is tried where. docs/mutation.md lists them. */
import type { Site } from './mutant.ts'
import {
  childOf,
  childrenOf,
  conditionsOf,
  endOfStatement,
  isLogical,
  operandsOf,
  rangeOf,
  textOf,
  typeOf,
  unwrapped,
  type SyntaxNode,
} from './syntaxTree.ts'

const BOUNDARY: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' }
const ARITHMETIC: Readonly<Record<string, string>> = {
  '+': '-',
  '-': '+',
  '*': '/',
  '/': '*',
  '%': '*',
  '<<': '>>',
  '>>': '<<',
  '&': '|',
  '|': '&',
  '^': '&',
}
const LOOPS = new Set(['ForStatement', 'WhileStatement', 'DoWhileStatement'])
const DELETABLE = new Set(['ExpressionStatement', 'EmitStatement', 'RevertStatement', 'Return', 'Break', 'Continue'])
const CONSTANT = /^int_const \d+$/

/** Mutants of the expression at a site. */
export function expressionMutants(site: Site): void {
  const { node } = site
  conditionMutants(site)
  if (node.nodeType === 'BinaryOperation') binaryMutants(site)
  else if (node.nodeType === 'UnaryOperation') unaryMutants(site)
  else if (node.nodeType === 'Assignment') assignmentMutants(site)
  else if (node.nodeType === 'FunctionCall') callMutants(site)
  else if (node.nodeType === 'MemberAccess') memberMutants(site)
  else if (node.nodeType === 'Literal' && textOf(node, 'kind') === 'bool') {
    replace(site, 'boolean', textOf(node, 'value') === 'true' ? 'false' : 'true')
  }
  if (CONSTANT.test(typeOf(node))) numberMutants(site)
  if (/^(Identifier|MemberAccess)$/.test(node.nodeType)) constantMutants(site)
}

/** A condition that is always or never true: skips each check, and takes each branch. */
function conditionMutants(site: Site): void {
  const { node } = site
  const conditions = conditionsOf(node).map((it): [SyntaxNode, boolean] => [it, !LOOPS.has(node.nodeType)])
  const value = node.nodeType === 'Return' ? childOf(node, 'expression') : undefined
  // Only its gas would stop an endless loop.
  const returned = value && typeOf(value) === 'bool' ? operandsOf(value) : []
  const decided = returned
    .filter(({ nodeType }) => nodeType !== 'Literal')
    .map((it): [SyntaxNode, boolean] => [it, true])
  for (const [condition, ends] of [...conditions, ...decided]) {
    if (ends) replace(site, 'condition', 'true', condition)
    replace(site, 'condition', 'false', condition)
  }
}

function binaryMutants(site: Site): void {
  const { node, code, ancestors } = site
  const operator = textOf(node, 'operator')
  const [left, right] = [childOf(node, 'leftExpression')!, childOf(node, 'rightExpression')!]
  const between = (other: string) => `${code(left)} ${other} ${code(right)}`
  if (BOUNDARY[operator]) replace(site, 'boundary', between(BOUNDARY[operator]))
  else if (isLogical(node)) replace(site, 'logic', between(operator === '&&' ? '||' : '&&'))
  else if (/^[!=]=$/.test(operator)) {
    if (!isCondition(node, ancestors)) replace(site, 'equality', `!(${code(node)})`)
  } else if (ARITHMETIC[operator] && !CONSTANT.test(typeOf(node)) && !childOf(node, 'function')) {
    replace(site, 'arithmetic', between(ARITHMETIC[operator]))
  }
}

function unaryMutants(site: Site): void {
  const { node, code, ancestors } = site
  const operator = textOf(node, 'operator')
  const operand = code(childOf(node, 'subExpression')!)
  if (operator === '++' || operator === '--') {
    const other = operator === '++' ? '--' : '++'
    replace(site, 'arithmetic', node.prefix === true ? `${other}${operand}` : `${operand}${other}`)
  } else if (operator === '~' || (operator === '!' && !isCondition(node, ancestors))) {
    replace(site, 'negation', operand)
  }
}

function assignmentMutants(site: Site): void {
  const { node, code } = site
  const other = ARITHMETIC[textOf(node, 'operator').slice(0, -1)]
  if (!other) return
  replace(
    site,
    'arithmetic',
    `(${code(childOf(node, 'leftHandSide')!)} ${other}= ${code(childOf(node, 'rightHandSide')!)})`,
  )
}

/** Swaps neighboring arguments of one type in a call, an event, an error or a struct. */
function callMutants(site: Site): void {
  const { node, code, mutant, edit } = site
  const values = childrenOf(node, 'arguments')
  if (textOf(node, 'kind') === 'typeConversion') {
    convertedNumberMutants(site)
    return
  }
  for (let i = 0; i + 1 < values.length; ++i) {
    const [a, b] = [values[i]!, values[i + 1]!]
    const type = typeOf(a)
    if (type !== typeOf(b) || code(a) === code(b) || /^(int_const|literal_string|function|type\()/.test(type)) continue
    const id = mutant('arguments', `${code(a)}, ${code(b)}`, `${code(b)}, ${code(a)}`)
    for (const [here, there] of [
      [a, b],
      [b, a],
    ] as const) {
      const [start, end] = rangeOf(here)
      edit({ start, end, wrap: (inner) => `(Probe.on(${id}) ? ${code(there)} : ${inner})` })
    }
  }
}

function convertedNumberMutants(site: Site): void {
  const { node, code } = site
  const [value] = childrenOf(node, 'arguments')
  const to = code(childOf(node, 'expression')!)
  if (!value || !CONSTANT.test(typeOf(value)) || !/^(u?int\d*|address|bytes32)$/.test(to)) return
  const next = `(${code(value)}) + 1`
  replace(site, 'number', to === 'bytes32' ? `bytes32(uint256(${next}))` : `${to}(${next})`)
}

function memberMutants(site: Site): void {
  const { node, code, declarationOf } = site
  const name = textOf(node, 'memberName')
  const object = childOf(node, 'expression')!
  const objectCode = code(object)
  if (objectCode === 'msg' && name === 'sender') replace(site, 'sender', 'address(this)')
  else if (objectCode === 'block' && name === 'timestamp') replace(site, 'time', 'block.timestamp + 1')
  else if (objectCode.startsWith('type(') && name === 'max') replace(site, 'number', lessByOne(node, code(node)))
  else {
    const definition = declarationOf(object)
    if (definition?.nodeType !== 'EnumDefinition') return
    const names = childrenOf(definition, 'members').map((member) => textOf(member, 'name'))
    const next = names[(names.indexOf(name) + 1) % names.length]!
    if (names.includes(name) && next !== name) replace(site, 'member', `${objectCode}.${next}`)
  }
}

/** The value before the largest of a type; of an enum, by its number. */
function lessByOne(node: SyntaxNode, max: string): string {
  return typeOf(node).startsWith('enum ')
    ? `${max.slice('type('.length, -').max'.length)}(uint8(${max}) - 1)`
    : `${max} - 1`
}

/** A number one higher. For `2 * 3` the result is changed, not each operand. */
function numberMutants(site: Site): void {
  const { node, code, ancestors } = site
  const parent = ancestors.at(-1)!
  const converted = parent.nodeType === 'FunctionCall' && textOf(parent, 'kind') === 'typeConversion'
  if (CONSTANT.test(typeOf(parent)) || converted) return
  // Without a cast, the value and the operation would take the smallest type that fits.
  const common = parent.nodeType === 'BinaryOperation' ? typeOf({ ...parent, typeDescriptions: parent.commonType }) : ''
  const cast = /^(u?int\d+|bytes32)$/.test(common) || !isWrap(parent) ? common : 'bytes32'
  const byte = parent.nodeType === 'Assignment' && typeOf(parent) === 'bytes1'
  const next = `(${code(node)}) + 1`
  if (cast === 'bytes32') replace(site, 'number', `bytes32(uint256(${next}))`, node, cast)
  else if (byte) replace(site, 'number', next, node, 'bytes1')
  else replace(site, 'number', next, node, /^u?int/.test(cast) ? cast : '')
}

/** Whether a call converts 32 bytes to an id, for which the literal zero may stand. */
function isWrap(node: SyntaxNode): boolean {
  const called = childOf(node, 'expression')
  return node.nodeType === 'FunctionCall' && called !== undefined && typeOf(called).startsWith('function (bytes32)')
}

/** A constant with its lowest bit flipped. */
function constantMutants(site: Site): void {
  const { node, code, declarationOf, ancestors } = site
  if (declarationOf(node)?.constant !== true || ancestors.at(-1)!.nodeType === 'MemberAccess') return
  const type = typeOf(node)
  if (/^uint\d+$/.test(type)) replace(site, 'constant', `${code(node)} ^ 1`)
  else if (type === 'bytes32') replace(site, 'constant', `bytes32(uint256(${code(node)}) ^ 1)`)
}

/** Removes statements. */
export function statementMutants({ node, ancestors, code, mutant, edit, text }: Site): void {
  if (!DELETABLE.has(node.nodeType) || childOf(ancestors.at(-1)!, 'loopExpression') === node) return
  if (isLoneRevert(node, ancestors) || isReturnOfReference(node, ancestors) || isAssignmentOfReference(node)) return
  const id = mutant('statement', code(node), '')
  const [start] = rangeOf(node)
  edit({ start, end: endOfStatement(text, node), wrap: (inner) => `{ if (!Probe.on(${id})) { ${inner} } }` })
}

/** Removes a modifier from one function. The copy of a modifier for one use is named `mutant` and a number. */
export function modifierMutants(site: Site): void {
  const { node, ancestors, code, mutant, edit, mutated, declarationOf } = site
  if (node.nodeType !== 'ModifierInvocation') return
  const name = childOf(node, 'modifierName')!
  const definition = declarationOf(name)
  const contract = ancestors.find(({ nodeType }) => nodeType === 'ContractDefinition')
  if (definition?.nodeType !== 'ModifierDefinition' || !contract) return
  const check = CHECKS[code(name)]
  const own = childrenOf(contract, 'nodes').includes(definition)
  if (!own && !check)
    throw new Error(`The modifier ${code(name)} of another contract is not known to scripts/instrument.`)
  const id = mutant('modifier', code(node), '')
  const [start, end] = rangeOf(name)
  edit({ start, end, wrap: () => `mutant${id}` })
  const parameters = own ? code(childOf(definition, 'parameters')!) : '()'
  // Every copy contains the mutants of the modifier's body.
  const copied = () => (own ? mutated(childOf(definition, 'body')!).replace(/^\{([^]*)_;\s*\}$/, '$1') : check!)
  const [, contractEnd] = rangeOf(contract)
  edit({
    start: contractEnd - 1,
    end: contractEnd - 1,
    wrap: () => `modifier mutant${id}${parameters} { if (!Probe.on(${id})) { ${copied()} } _; }\n`,
  })
}

/** The checks that modifiers of other contracts make before the function. */
const CHECKS: Readonly<Record<string, string>> = {
  restricted: '_checkCanCall(_msgSender(), _msgData());',
  whenNotPaused: '_requireNotPaused();',
}

/** Whether a modifier is one that is used in other contracts than its own. */
export function isKnownModifier(name: string): boolean {
  return Object.hasOwn(CHECKS, name)
}

function replace(site: Site, operator: string, after: string, node = site.node, cast = ''): void {
  const id = site.mutant(operator, site.code(node), after)
  const [start, end] = rangeOf(node)
  const kept = (inner: string) => (cast === 'bytes32' ? `bytes32(${inner})` : inner)
  site.edit({ start, end, wrap: (inner) => `${cast}(Probe.on(${id}) ? ${after} : ${kept(inner)})` })
}

/** Whether an expression is a condition, for which the operator of conditions tries both outcomes. */
function isCondition(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  return ancestors.some((ancestor) => {
    const value = ancestor.nodeType === 'Return' ? childOf(ancestor, 'expression') : undefined
    const decided = value && typeOf(value) === 'bool' ? operandsOf(value) : []
    return [...conditionsOf(ancestor), ...decided].some((condition) => unwrapped(condition) === node)
  })
}

/** A revert that is the whole body of an `if` is covered by the condition. */
function isLoneRevert(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  if (node.nodeType !== 'RevertStatement') return false
  const parent = ancestors.at(-1)!
  return parent.nodeType === 'IfStatement' || childrenOf(parent, 'statements').length === 1
}

/** The compiler rejects a function that may end without assigning the storage or calldata that it returns. */
function isReturnOfReference(node: SyntaxNode, ancestors: readonly SyntaxNode[]): boolean {
  if (!/^(Return|RevertStatement)$/.test(node.nodeType)) return false
  const definition = ancestors.findLast(({ nodeType }) => nodeType === 'FunctionDefinition')
  const results = definition ? childrenOf(childOf(definition, 'returnParameters')!, 'parameters') : []
  return results.some((it) => /^(storage|calldata)$/.test(textOf(it, 'storageLocation')))
}

/** It also rejects reading such a variable before it is set. */
function isAssignmentOfReference(node: SyntaxNode): boolean {
  const target = node.nodeType === 'ExpressionStatement' && childOf(childOf(node, 'expression')!, 'leftHandSide')
  return target ? / (storage pointer|calldata)/.test(typeOf(target)) : false
}
