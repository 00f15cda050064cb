import type { Readers } from '../readers.ts'
import type { Nodes } from './nodes.ts'
import { auditNodes } from './nodes/audit.ts'
import { chainNodes } from './nodes/chain.ts'
import { claimNodes } from './nodes/claims.ts'
import { gateNodes } from './nodes/gate.ts'
import { licensingNodes } from './nodes/licensing.ts'
import { registryNodes } from './nodes/registry.ts'

/** Makes the nodes of one view. Nodes of one subject lead to those of others, so all of them share one object. */
export function createNodes(readers: Readers): Nodes {
  const nodes = {} as Nodes
  const all: Nodes = {
    ...auditNodes(readers, nodes),
    ...chainNodes(readers, nodes),
    ...claimNodes(readers, nodes),
    ...gateNodes(readers, nodes),
    ...licensingNodes(readers, nodes),
    ...registryNodes(readers, nodes),
  }
  return Object.assign(nodes, all)
}
