import { useEffect, useState } from 'react'

/** A wallet that announced itself (EIP-6963). Its name is its own word. */
export type Wallet = {
  id: string
  name: string
  provider: { request: (asked: { method: string; params?: unknown }) => Promise<unknown> }
}

/** The wallets of this browser. */
export function useWallets(): readonly Wallet[] {
  const [wallets, setWallets] = useState<readonly Wallet[]>([])
  useEffect(() => {
    const hear = (event: Event): void => {
      const { info, provider } = ((event as CustomEvent<unknown>).detail ?? {}) as {
        info?: { rdns?: unknown; name?: unknown }
        provider?: Wallet['provider']
      }
      if (typeof info?.rdns !== 'string' || typeof provider?.request !== 'function') return
      const wallet = { id: info.rdns, name: String(info.name ?? ''), provider }
      setWallets((before) => (before.some(({ id }) => id === wallet.id) ? before : [...before, wallet]))
    }
    window.addEventListener('eip6963:announceProvider', hear)
    window.dispatchEvent(new Event('eip6963:requestProvider'))
    return () => window.removeEventListener('eip6963:announceProvider', hear)
  }, [])
  return wallets
}
