import type { JsonRpcProvider, Provider } from 'ethers'

/** The senders that have something to send at one node, or something that is not in a block yet. */
type Line = { tail: Promise<unknown>; waiting: number; inFlight: Set<number> }

const lines = new Map<unknown, Map<string, Line>>()

/** What a turn may do with the nonces of its sender. */
export type Nonces = {
  /** The lowest nonce from a number on that no transaction of this process uses. */
  nextFrom: (least: number) => number
  /** Keeps a nonce from others until its transaction is in a block, or lost. */
  hold: (nonce: number) => void
}

/**
 * Runs something in turn with everything else that this process sends from an account by a node, in the order of the calls. ethers'
 * NonceManager counts on after a send that failed, which leaves a gap (ethers-io/ethers.js#972); here a nonce is taken only once
 * the node has accepted its transaction.
 *
 * @returns what it gives, and a function that gives back the nonces that it holds
 */
export async function inTurn<T>(
  provider: Provider,
  sender: string,
  run: (nonces: Nonces) => Promise<T>,
): Promise<{ result: T; release: () => void }> {
  const node = nodeOf(provider)
  const senders = lines.get(node) ?? new Map<string, Line>()
  const line = senders.get(sender) ?? { tail: Promise.resolve(), waiting: 0, inFlight: new Set<number>() }
  lines.set(node, senders.set(sender, line))
  const held = new Set<number>()
  const nonces: Nonces = {
    nextFrom: (least) => {
      let nonce = least
      while (line.inFlight.has(nonce)) nonce++
      return nonce
    },
    hold: (nonce) => {
      held.add(nonce)
      line.inFlight.add(nonce)
    },
  }
  const forget = (): void => {
    if (line.waiting > 0 || line.inFlight.size > 0) return
    senders.delete(sender)
    if (senders.size === 0) lines.delete(node)
  }
  const release = (): void => {
    for (const nonce of held) line.inFlight.delete(nonce)
    held.clear()
    forget()
  }
  line.waiting++
  const turn = line.tail.then(() => run(nonces))
  line.tail = turn.catch(() => {})
  try {
    return { result: await turn, release }
  } catch (error) {
    release()
    throw error
  } finally {
    line.waiting--
    forget()
  }
}

/** What stands for a node: its address, so that two providers of one node share a line; else the provider. */
function nodeOf(provider: Provider): unknown {
  if (!('_getConnection' in provider)) return provider
  return (provider as JsonRpcProvider)._getConnection().url
}
