import { useEffect, useSyncExternalStore } from 'react'

import { plain } from '../ui/plain.ts'

/** A wallet's provider (EIP-1193). Nothing that it answers is trusted. */
export type Eip1193 = {
  request(asked: { method: string; params?: readonly unknown[] | object }): Promise<unknown>
  on?(event: string, listener: (value: unknown) => void): unknown
  removeListener?(event: string, listener: (value: unknown) => void): unknown
}

/** A wallet that has announced itself (EIP-6963). */
export type Wallet = {
  /** Its name in reverse domain order, which stays the same when the page is opened again. */
  rdns: string
  name: string
  /** A `blob:` address of its icon; undefined when it has none that can be drawn. */
  icon: string | undefined
  provider: Eip1193
}

/** Most wallets that are listed, and most characters of an icon: what announces itself may be any extension. */
const MOST_WALLETS = 20
const MOST_ICON = 128 * 1024
const MOST_NAME = 40
const ICON = /^data:(image\/(?:png|jpeg|webp|gif|svg\+xml))(;base64)?,(.*)$/s

let wallets: readonly Wallet[] = []
const listeners = new Set<() => void>()

/** The wallets that have announced themselves, each once. */
export function listWallets(): readonly Wallet[] {
  return wallets
}

export function watchWallets(listener: () => void): () => void {
  listeners.add(listener)
  return () => void listeners.delete(listener)
}

/** The wallets of this browser, asked for when something first needs them. */
export function useWallets(): readonly Wallet[] {
  useEffect(discoverWallets, [])
  return useSyncExternalStore(watchWallets, listWallets)
}

/** Asks wallets to announce themselves. They answer before this returns, so that the listener is there first. */
export function discoverWallets(): void {
  window.addEventListener('eip6963:announceProvider', announced)
  window.dispatchEvent(new Event('eip6963:requestProvider'))
}

function announced(event: Event): void {
  const wallet = walletOf((event as CustomEvent<unknown>).detail)
  // The first to take a name keeps it: a later one cannot take its place in the list.
  if (!wallet || wallets.length >= MOST_WALLETS || wallets.some(({ rdns }) => rdns === wallet.rdns)) return
  // The page keeps what it makes of an icon, so that is made once: a wallet may announce itself without end.
  wallets = [...wallets, { ...wallet, icon: iconOf(wallet.icon) }]
  for (const listener of listeners) listener()
}

function walletOf(detail: unknown): (Omit<Wallet, 'icon'> & { icon: unknown }) | undefined {
  const { info, provider } = (detail ?? {}) as { info?: Record<string, unknown>; provider?: Eip1193 }
  const { rdns, name, icon } = info ?? {}
  if (typeof provider?.request !== 'function') return undefined
  if (typeof rdns !== 'string' || !/^[a-z\d][a-z\d.-]{0,99}$/i.test(rdns)) return undefined
  const label = typeof name === 'string' ? plain(name.slice(0, 1000), MOST_NAME) : ''
  return { rdns, name: label || rdns, icon, provider }
}

/** An icon as an image of this page: the policy of the page loads no `data:` address, and an image runs no script. */
function iconOf(icon: unknown): string | undefined {
  if (typeof icon !== 'string' || icon.length > MOST_ICON) return undefined
  const [, type, isBase64, content] = ICON.exec(icon) ?? []
  if (type === undefined || content === undefined) return undefined
  try {
    const text = isBase64 ? atob(content) : decodeURIComponent(content)
    const bytes = isBase64 ? Uint8Array.from(text, (letter) => letter.charCodeAt(0)) : text
    return URL.createObjectURL(new Blob([bytes], { type }))
  } catch {
    return undefined
  }
}
