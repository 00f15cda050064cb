import { MAX_PARENTS, type Parent } from '../core/registration.ts'
import { PART_NAMES, RELATION_NAMES } from '../core/vocabulary.ts'
import type { FieldReader } from './fields.ts'

/** Reads the parents of a registration. `part` may be left out for the whole, and `external` for a registered parent. */
export function parentsOf(read: FieldReader, value: unknown): Parent[] {
  const parents = Array.from(read.list(value, 'parents', MAX_PARENTS), (each) => parentOf(read, each))
  const twice = parents.find(({ model }, index) => parents.findIndex((each) => each.model === model) < index)
  return twice === undefined ? parents : read.fail('parents', twice.model, 'each parent once')
}

function parentOf(read: FieldReader, value: unknown): Parent {
  const fields = read.object(value, 'a parent', ['model', 'relation', 'part', 'external'])
  const part = fields.part === undefined ? 'whole' : read.word(fields.part, 'part', PART_NAMES)
  const external = fields.external !== undefined && read.boolean(fields.external, 'external')
  return {
    model: read.modelId(fields.model, 'model'),
    relation: read.word(fields.relation, 'relation', RELATION_NAMES),
    ...(part !== 'whole' && { part }),
    ...(external && { external }),
  }
}
