import type { EIP1193Provider } from 'viem'

/** A wallet of the browser. Its name is its own word. */
export type Wallet = { name: string; provider: EIP1193Provider }

type Announcement = CustomEvent<{ info: { uuid: string; name: string }; provider: EIP1193Provider }>

/** Calls back with the wallets that are there (EIP-6963), again with each that comes; one without that standard is the last. */
export function watchWallets(onWallets: (wallets: readonly Wallet[]) => void): void {
  const announced = new Map<string, Wallet>()
  const list = (): void => {
    const { ethereum } = globalThis as { ethereum?: EIP1193Provider }
    const wallets = [...announced.values()]
    const isKnown = wallets.some(({ provider }) => provider === ethereum)
    onWallets(ethereum && !isKnown ? [...wallets, { name: 'Wallet of the browser', provider: ethereum }] : wallets)
  }
  addEventListener('eip6963:announceProvider', (event) => {
    const { info, provider } = (event as Announcement).detail
    announced.set(info.uuid, { name: String(info.name).slice(0, 40), provider })
    list()
  })
  dispatchEvent(new Event('eip6963:requestProvider'))
  list()
}
