import type { ReactNode } from 'react'
import type { Deployment } from 'stemma/core'

import { useWordsOf } from '../../app/settings.tsx'
import { FullId } from '../../ui/parts.tsx'
import { plain } from '../../ui/plain.ts'
import {
  addChain,
  connectWallet,
  disconnectWallet,
  isAddable,
  switchChain,
  type useSession,
  type WalletFailure,
} from './session.ts'
import type { Wallet } from '../../wallets/wallets.ts'
import { words } from './words.ts'

/** Which wallet is used, by which account and on which chain; or which there are. */
export function WalletPanel({
  session,
  deployment,
}: {
  session: ReturnType<typeof useSession>
  deployment: Deployment | null | undefined
}) {
  const act = useWordsOf(words)
  const { wallets, wallet, account, failure } = session
  return (
    <section className="wallet" aria-labelledby="wallet">
      <h2 id="wallet">{act.wallet.title}</h2>
      {wallet && account ? (
        <Connected session={session} deployment={deployment} wallet={wallet} account={account} />
      ) : session.isConnecting && wallet ? (
        <p role="status">
          {act.wallet.connecting(wallet.name)}{' '}
          <button type="button" className="link" onClick={disconnectWallet}>
            {act.wallet.cancel}
          </button>
        </p>
      ) : wallets.length === 0 ? (
        <>
          <p>
            <strong>{act.wallet.none}</strong>
          </p>
          <p className="muted">{act.wallet.noneText}</p>
        </>
      ) : (
        <>
          <p className="muted">{act.wallet.choose}</p>
          <ul className="wallets">
            {wallets.map((each) => (
              <li key={each.rdns}>
                <button type="button" onClick={() => connectWallet(each)}>
                  <Icon wallet={each} />
                  <bdi>{each.name}</bdi>
                  <span className="muted">{each.rdns}</span>
                </button>
              </li>
            ))}
          </ul>
        </>
      )}
      {failure && <Failed failure={failure} deployment={deployment} />}
    </section>
  )
}

function Failed({ failure, deployment }: { failure: WalletFailure; deployment: Deployment | null | undefined }) {
  const act = useWordsOf(words)
  const [chain, node] = [String(deployment?.chainId ?? ''), plain(deployment?.rpcUrl ?? '', 200)]
  if (failure.kind === 'unknown-chain' && deployment && isAddable(deployment)) {
    return (
      <div className="notice" role="alert">
        <p>{act.wallet.addable(chain, node)}</p>
        <button type="button" onClick={() => void addChain(deployment)}>
          {act.wallet.add(chain)}
        </button>
      </div>
    )
  }
  return (
    <p className="notice" role="alert">
      {failure.kind === 'unknown-chain'
        ? act.wallet.unknownChain(chain, node)
        : failure.kind === 'other'
          ? act.wallet.other(plain(failure.text))
          : act.wallet[failure.kind]}
    </p>
  )
}

function Connected({
  session,
  deployment,
  wallet,
  account,
}: {
  session: ReturnType<typeof useSession>
  deployment: Deployment | null | undefined
  wallet: Wallet
  account: string
}): ReactNode {
  const act = useWordsOf(words)
  const { chainId } = session
  const wanted = deployment && String(deployment.chainId)
  return (
    <>
      <p className="connected">
        <Icon wallet={wallet} /> {act.wallet.connected(wallet.name)} <FullId value={account} />{' '}
        <button type="button" className="link" onClick={disconnectWallet}>
          {act.wallet.leave}
        </button>
      </p>
      {wanted && String(chainId) !== wanted && (
        <div className="notice" role="alert">
          <p>{chainId === undefined ? act.wallet.noChain : act.wallet.wrongChain(String(chainId), wanted)}</p>
          <button type="button" onClick={() => void switchChain(BigInt(wanted))}>
            {act.wallet.switch(wanted)}
          </button>
        </div>
      )}
    </>
  )
}

function Icon({ wallet: { icon } }: { wallet: Wallet }) {
  return icon === undefined ? <span className="wallet-icon" /> : <img className="wallet-icon" src={icon} alt="" />
}
