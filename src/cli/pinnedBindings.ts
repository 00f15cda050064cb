import type { Context } from '../console/context.ts'
import type { ModelId } from '../core/hex.ts'
import { BindingPins } from '../deployments/bindingPins.ts'
import type { Ledger } from '../sdk/connect.ts'
import type { PinBindings } from '../verify/bindings.ts'

/** Compares what external parents are bound to with what the user's configuration keeps of each since it was first seen. */
export function pinnedBindings(context: Context, { deployment }: Pick<Ledger, 'deployment'>): PinBindings {
  const { env, cwd } = context
  const pins = new BindingPins(deployment, { env, cwd })
  const now = Math.floor(context.now() / 1000)
  return async (bound, by) => {
    const changed = new Map<ModelId, readonly ModelId[]>()
    for (const [external, models] of bound) {
      const before = await pins.check({ external, models, by }, now)
      if (before) changed.set(external, before)
    }
    return changed
  }
}
