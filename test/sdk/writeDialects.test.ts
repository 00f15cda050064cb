import { expect } from 'chai'
import { makeError } from 'ethers'

import { layersOf, refusalOf, type WriteRefusal } from '../../src/sdk/writeDialects.ts'
import { explainWriteError, wordsOf } from '../../src/sdk/writeErrors.ts'

/** Who says it, its code (or undefined) and its message. The sources are public repositories and threads. */
type Saying = readonly [source: string, code: number | string | undefined, message: string]

const SAYINGS: Readonly<Record<WriteRefusal, readonly Saying[]>> = {
  rejected: [
    ['EIP-1193', 4001, 'User rejected the request.'],
    ['MetaMask', 4001, 'MetaMask Tx Signature: User denied transaction signature.'],
    ['MetaMask', 4001, 'MetaMask Message Signature: User denied message signature.'],
    ['WalletConnect 5000', 5000, 'User rejected.'],
    ['WalletConnect 5001', 5001, 'User disapproved requested chains'],
    ['WalletConnect 5002', 5002, 'User disapproved requested json-rpc methods'],
    ['wevm/viem#1045', 5000, 'User disapproved requested methods'],
    ['ethers', 'ACTION_REJECTED', 'user rejected action'],
    ['LedgerHQ/ledger-live', -32_603, 'Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)'],
    ['LedgerHQ/ledger-live', 0x6985, 'Transaction rejected'],
    ['LedgerHQ/ledger-live', undefined, 'Ledger device: UNKNOWN_ERROR (0x5501)'],
    ['trezor/trezor-suite#12446', -32_603, 'Action cancelled by user'],
    ['trezor/trezor-suite#12446', undefined, 'Popup closed'],
    ['trezor/trezor-suite#22110', 'Failure_ActionCancelled', 'Cancelled'],
    ['Coinbase Wallet', 4001, 'User denied transaction signature'],
    ['Rabby', -32_603, 'User cancelled the request'],
  ],
  pending: [
    [
      'MetaMask',
      -32_002,
      "Request of type 'wallet_requestPermissions' already pending for origin https://page.example. Please wait.",
    ],
    ['MetaMask', -32_002, 'Already processing eth_requestAccounts. Please wait.'],
    ['EIP-1474', -32_002, 'Resource unavailable.'],
    ['hw-transport', undefined, 'An action was already pending on the Ledger device. Please deny or reconnect.'],
    ['Trezor Connect', 'Device_CallInProgress', 'Device call in progress'],
    ['Trezor Connect', 'Device_UsedElsewhere', 'Device is used elsewhere'],
  ],
  locked: [
    ['LedgerHQ/ledger-live', -32_603, 'Ledger device: Locked device (0x5515)'],
    ['LedgerHQ/ledger-live', 0x5515, 'Locked device'],
    ['LedgerHQ/device-sdk-ts', '5515', 'Device is locked.'],
    [
      'LedgerHQ/ledger-live',
      undefined,
      'Ledger device: Security not satisfied (dongle locked or have invalid access rights) (0x6982)',
    ],
    ['go-ethereum accounts/keystore', -32_000, 'authentication needed: password or unlock'],
    ['MetaMask', -32_603, 'Wallet is locked.'],
  ],
  blindSigning: [
    ['MetaMask/metamask-extension#29802', -32_603, 'Ledger: Blind signing must be enabled'],
    [
      'MetaMask/metamask-extension#14703',
      -32_603,
      'Please enable Blind signing or Contract data in the Ethereum app Settings',
    ],
    ['hw-app-eth', 'EthAppPleaseEnableContractData', 'Please enable Contract data on the Ethereum app Settings'],
    ['LedgerHQ/device-sdk-ts#1022', '6a80', 'Invalid data'],
    ['LedgerHQ/ledger-live', undefined, 'Ledger device: Invalid data received (0x6a80)'],
  ],
  app: [
    ['LedgerHQ/ledger-live', -32_603, 'Ledger device: UNKNOWN_ERROR (0x6d02)'],
    ['LedgerHQ/ledger-live', undefined, 'Ledger device: INS_NOT_SUPPORTED (0x6d00)'],
    ['LedgerHQ/ledger-live', undefined, 'Ledger device: CLA_NOT_SUPPORTED (0x6e00)'],
    ['LedgerHQ/ledger-live', 0x6511, 'Ledger device: UNKNOWN_ERROR (0x6511)'],
    ['MetaMask', -32_603, 'Please open the Ethereum app on your Ledger device.'],
  ],
  unauthorized: [
    ['EIP-1193', 4100, 'The requested account and/or method has not been authorized by the user.'],
    ['WalletConnect 3001', 3001, 'Unauthorized method: eth_sendTransaction'],
    ['go-ethereum', -32_000, 'unknown account'],
    ['Besu', -32_007, 'Sender account not authorized to send transactions'],
    ['anvil', -32_602, 'No Signer available'],
  ],
  unsupported: [
    ['EIP-1193', 4200, 'The Provider does not support the requested method.'],
    ['WalletConnect 5101', 5101, 'Unsupported methods'],
    ['JSON-RPC', -32_601, 'The method eth_sendTransaction does not exist/is not available'],
    [
      'Besu',
      -32_604,
      'The method eth_sendTransaction is not supported. Use eth_sendRawTransaction to send a signed transaction to Besu.',
    ],
  ],
  disconnected: [
    ['EIP-1193', 4900, 'The Provider is disconnected from all chains.'],
    ['EIP-1193', 4901, 'The Provider is not connected to the requested chain.'],
    ['WalletConnect', undefined, 'No matching key. session topic doesn’t exist: 1f'],
    ['hw-transport', 'DisconnectedDevice', 'The device was disconnected.'],
    ['Trezor Connect', 'Transport_Missing', 'Transport is missing'],
    ['MetaMask', -32_603, 'MetaMask: Disconnected from chain. Attempting to connect.'],
  ],
  chain: [
    ['EIP-3085', 4902, 'Unrecognized chain ID "0x7a69". Try adding the chain using wallet_addEthereumChain first.'],
    ['MetaMask/metamask-extension#11894', -32_603, 'Provided chainId "66" must match the active chainId "42"'],
    ['MetaMask/metamask-mobile#6484', -32_603, 'Provided chainId 11155111 musht match the active chainId 286609681'],
    ['WalletConnect 5100', 5100, 'Unsupported chains'],
    ['EIP-5792', 5710, 'This Wallet does not support the requested chain ID.'],
    ['ethers', 'NETWORK_ERROR', 'network changed: 1 => 31337'],
    ['go-ethereum core/types', -32_000, 'invalid sender: invalid chain id for signer: have 1 want 31337'],
    ['Besu', -32_000, 'Wrong chainId'],
    ['Hardhat', -32_000, 'Trying to send a raw transaction with an invalid chainId. The expected chainId is 31337'],
    ['Hardhat', -32_000, 'Trying to send an incompatible EIP-155 transaction, signed for another chain.'],
    ['anvil', -32_003, 'invalid chain id for signer'],
    [
      'viem',
      undefined,
      'The current chain of the wallet (id: 1) does not match the target chain for the transaction (id: 31337).',
    ],
  ],
  known: [
    ['go-ethereum', -32_000, 'already known'],
    ['Besu', -32_000, 'Known transaction'],
    ['older go-ethereum', -32_000, 'known transaction: 5b1d2c'],
    ['OpenEthereum', -32_010, 'Transaction with the same hash was already imported.'],
    ['Nethermind', -32_010, 'AlreadyKnown'],
    ['Erigon', -32_000, 'INTERNAL_ERROR: existing tx with same hash'],
    ['anvil', -32_003, 'transaction already imported'],
    ['anvil', -32_003, 'Tx: [0x5b1d] already Imported'],
    ['reth', -32_003, 'already imported'],
    ['zkSync', 3, 'known transaction. transaction with hash 0x5b1d is already in the system'],
    ['Tendermint', -32_000, 'tx already exists in cache'],
    ['Substrate', -32_000, 'submit transaction to pool failed: Pool(AlreadyImported)'],
  ],
  replacement: [
    ['go-ethereum', -32_000, 'replacement transaction underpriced'],
    ['Besu', -32_000, 'Replacement transaction underpriced'],
    ['ethers', 'REPLACEMENT_UNDERPRICED', 'replacement fee too low'],
    ['reth', -32_003, 'insufficient gas price to replace existing transaction'],
    ['anvil', -32_003, 'Tx: [0x5b1d] insufficient gas price to replace existing transaction'],
    ['Nethermind', -32_010, 'ReplacementNotAllowed'],
    ['Erigon', -32_000, 'INTERNAL_ERROR: could not replace existing tx'],
    [
      'OpenEthereum',
      -32_010,
      'Transaction gas price 20wei is too low. There is another transaction with same nonce in the queue. Try increasing the gas price or incrementing the nonce.',
    ],
    ['Klaytn', -32_000, 'there is another tx which has the same nonce in the tx pool'],
    [
      'Hardhat',
      -32_000,
      'Replacement transaction underpriced. A gasPrice/maxFeePerGas of at least 2 is necessary to replace the existing transaction with nonce 7.',
    ],
  ],
  nonceUsed: [
    ['go-ethereum', -32_000, 'nonce too low'],
    ['go-ethereum', -32_000, 'nonce too low: next nonce 5, tx nonce 4'],
    ['Besu', -32_001, 'Nonce too low'],
    ['Nethermind', -32_010, 'OldNonce, Current nonce: 5, nonce of rejected tx: 4'],
    ['OpenEthereum', -32_010, 'Transaction nonce is too low. Try incrementing the nonce.'],
    ['Hardhat', -32_000, 'Nonce too low. Expected nonce to be 5 but got 4.'],
    ['ethers', 'NONCE_EXPIRED', 'nonce has already been used'],
    [
      'Avalanche',
      -32_000,
      'nonce too low: address 0x0000000000000000000000000000000000000001 current nonce (5) > tx nonce (4)',
    ],
    ['zkSync', 3, 'nonce too low. allowed nonce range: 5 - 1005, actual: 4'],
    ['Arbitrum', -32_000, 'invalid transaction nonce'],
    ['Substrate', -32_000, 'submit transaction to pool failed: Pool(Stale)'],
    ['Harmony', -32_000, 'transaction already finalized'],
    ['cosmos/evm', -32_000, 'tx nonce is lower than account nonce'],
    ['Conflux', -32_076, 'Transaction 0x84b6 is discarded due to a too stale nonce'],
  ],
  nonceGap: [
    ['go-ethereum', -32_000, 'nonce too high: next nonce 5, tx nonce 9'],
    ['Besu', -32_000, 'Transaction nonce is too distant from current sender nonce'],
    ['Besu', -32_000, 'An invalid transaction with a lower nonce exists'],
    ['Nethermind', -32_010, 'NonceGap, Future nonce. Expected nonce: 5'],
    [
      'Hardhat',
      -32_000,
      "Nonce too high. Expected nonce to be 5 but got 9. Note that transactions can't be queued when automining.",
    ],
    ['zkSync', 3, 'nonce too high. allowed nonce range: 5 - 1005, actual: 2000'],
    ['go-ethereum EIP-7702', -32_000, 'gapped-nonce tx from delegated accounts'],
    ['cosmos/evm', -32_000, 'tx nonce is higher than account nonce'],
  ],
  funds: [
    [
      'go-ethereum',
      -32_000,
      'insufficient funds for gas * price + value: address 0x0000000000000000000000000000000000000001 have 0 want 1',
    ],
    [
      'go-ethereum',
      -32_000,
      'insufficient funds for gas * price + value: balance 1, queued cost 1, tx cost 1, overshot 1',
    ],
    ['go-ethereum', -32_000, 'gas required exceeds allowance (0)'],
    ['Nethermind', -32_010, 'InsufficientFunds, Account balance: 0, cumulative cost: 1'],
    ['Besu', -32_004, 'Upfront cost exceeds account balance'],
    ['Erigon', -32_000, 'insufficient funds for gas * price + value: address 0x1 have 0 want 1'],
    ['reth', -32_003, 'transaction overdraws from account'],
    [
      'Hardhat',
      -32_000,
      "Sender doesn't have enough funds to send tx. The max upfront cost is: 1 and the sender's balance is: 0.",
    ],
    ['anvil', -32_003, 'Insufficient funds for gas * price + value'],
    ['Arbitrum', -32_000, 'not enough funds for gas'],
    ['Optimism', -32_000, 'invalid transaction: insufficient funds for l1Fee + l2Fee + value'],
    ['zkSync', 3, 'insufficient balance for transfer'],
    ['zkSync', 3, 'Not enough balance to cover the fee'],
    ['Polygon', -32_000, 'insufficient funds for gas * price + value'],
    [
      'OpenEthereum',
      -32_010,
      'Insufficient funds. The account you tried to send transaction from does not have enough funds. Required 1 and got: 0.',
    ],
    ['Celo', -32_000, 'insufficient funds for gas * price + value + gatewayFee'],
    ['ethers', 'INSUFFICIENT_FUNDS', 'insufficient funds for intrinsic transaction cost'],
  ],
  feeCap: [
    ['go-ethereum', -32_000, 'tx fee (1.50 ether) exceeds the configured cap (1.00 ether)'],
    ['Besu', -32_000, 'Transaction fee cap exceeded'],
    ['Celo', -32_000, 'tx fee (1.50 of currency celo) exceeds the configured cap (1.00 celo)'],
    ['Optimism', -32_000, 'fee too high: 100, use less than 50 * 3.0'],
  ],
  fees: [
    [
      'go-ethereum',
      -32_000,
      'max priority fee per gas higher than max fee per gas: address 0x1, maxPriorityFeePerGas: 2, maxFeePerGas: 1',
    ],
    ['Besu', -32_000, 'Max priority fee per gas exceeds max fee per gas'],
    ['anvil', -32_602, 'Invalid input: `max_priority_fee_per_gas` greater than `max_fee_per_gas`'],
    ['Hardhat', -32_000, 'maxPriorityFeePerGas (2) is bigger than maxFeePerGas (1)'],
  ],
  feeTooLow: [
    ['go-ethereum', -32_000, 'transaction underpriced: tip needed 1000000000, tip permitted 1'],
    ['go-ethereum', -32_000, 'max fee per gas less than block base fee: address 0x1, maxFeePerGas: 1, baseFee: 2'],
    ['Polygon', -32_000, 'transaction underpriced: gas tip cap 1, minimum needed 25000000000'],
    ['Besu', -32_009, 'Gas price below configured minimum gas price'],
    ['Besu', -32_009, 'Gas price below current base fee'],
    [
      'Nethermind',
      -32_010,
      'FeeTooLow, MaxFeePerGas too low. MaxFeePerGas: 1, BaseFee: 2, MaxPriorityFeePerGas:1, Block number: 5',
    ],
    ['Nethermind', -32_010, 'FeeTooLowToCompete'],
    ['reth', -32_003, 'transaction feeCap 1 below chain minimum'],
    [
      'Hardhat',
      -32_000,
      'Transaction maxFeePerGas (1) is too low for the next block, which has a baseFeePerGas of 875000000',
    ],
    [
      'OpenEthereum',
      -32_010,
      "Transaction gas price is too low. It does not satisfy your node's minimal gas price (minimal: 2, got: 1). Try increasing the gas price.",
    ],
    ['Metis', -32_000, 'gas price too low: 1 wei, use at least tx.gasPrice = 2 wei'],
    ['Astar', -32_000, 'gas price less than block base fee'],
    ['Celo', -32_000, 'gasprice is less than gas price minimum floor'],
    ['zkSync', 3, 'The operator included transaction with an unacceptable gas price'],
  ],
  gasTooLow: [
    ['go-ethereum', -32_000, 'intrinsic gas too low: gas 1, minimum needed 21000'],
    ['Besu', -32_003, 'Intrinsic gas exceeds gas limit'],
    ['Hardhat', -32_000, 'Transaction requires at least 21000 gas but got 1'],
    ['go-ethereum EIP-7623', -32_000, 'insufficient gas for floor data gas cost: gas 1, minimum needed 2'],
    [
      'OpenEthereum',
      -32_010,
      'Transaction gas is too low. There is not enough gas to cover minimal cost of the transaction (minimal: 21000, got: 1). Try increasing supplied gas.',
    ],
    ['zkSync', 3, 'Not enough gas for transaction validation'],
  ],
  gasTooHigh: [
    ['go-ethereum', -32_000, 'exceeds block gas limit'],
    ['go-ethereum EIP-7825', -32_000, 'transaction gas limit too high (cap: 16777216, tx: 20000000)'],
    ['Besu', -32_005, 'Transaction gas limit exceeds block gas limit'],
    ['reth', -32_003, "transaction's gas limit 9 exceeds block's gas limit 5"],
    ['Nethermind', -32_010, 'GasLimitExceeded, Gas limit: 5, gas limit of rejected tx: 9'],
    ['Hardhat', -32_000, 'Transaction gas limit is 100000000 and exceeds block gas limit of 30000000'],
    ['anvil', -32_003, 'intrinsic gas too high -- tx.gas_limit > env.block.gas_limit'],
    [
      'OpenEthereum',
      -32_010,
      'Transaction cost exceeds current gas limit. Limit: 5, got: 9. Try decreasing supplied gas.',
    ],
  ],
  type: [
    ['go-ethereum', -32_000, 'transaction type not supported'],
    ['Besu', -32_602, 'Invalid transaction type'],
    ['anvil', -32_602, 'EIP-1559 style fee params received but they are not supported by the current hardfork.'],
    ['ethers', 'UNSUPPORTED_OPERATION', 'network does not support EIP-1559'],
  ],
  unprotected: [
    ['go-ethereum', -32_000, 'only replay-protected (EIP-155) transactions allowed over RPC'],
    ['Besu', -32_000, 'ChainId is required'],
  ],
  notAccount: [
    ['go-ethereum', -32_000, 'sender not an eoa: address 0x1, len(code): 5'],
    ['Nethermind', -32_010, 'SenderIsContract'],
    ['zkSync', 3, "invalid sender. can't start a transaction from a non-account"],
  ],
  size: [
    ['go-ethereum', -32_000, 'oversized data: transaction size 131141, limit 131072'],
    ['go-ethereum', -32_000, 'max initcode size exceeded: code size 49153 limit 49152'],
    ['go-ethereum', -32_000, 'max code size exceeded'],
    ['reth', -32_003, 'input data too large'],
    ['OpenEthereum', -32_010, 'Transaction is too big, see chain specification for the limit.'],
  ],
  pool: [
    ['go-ethereum', -32_000, 'txpool is full'],
    ['go-ethereum', -32_000, 'account limit exceeded'],
    ['go-ethereum EIP-7702', -32_000, 'in-flight transaction limit reached for delegated accounts'],
    ['reth', -32_003, 'transaction discarded outright due to pool size constraints'],
    ['reth', -32_003, 'transaction type 2 conflicts with existing transaction for 0x1'],
    ['Arbitrum', -32_000, 'sequencer pending tx pool full, please try again'],
    ['Conflux', -32_076, 'Failed imported to deferred pool: Transaction Pool is full'],
    [
      'OpenEthereum',
      -32_010,
      'There are too many transactions in the queue. Your transaction was dropped due to limit. Try increasing the fee.',
    ],
    ['Besu', -32_002, 'Transaction pool not enabled. (Either txpool explicitly disabled, or node not yet in sync).'],
  ],
}

describe('refusalOf', function () {
  for (const [refusal, sayings] of Object.entries(SAYINGS)) {
    it(`knows "${refusal}" in ${sayings.length} dialects, as they come and as wallets and libraries wrap them`, function () {
      for (const [source, code, message] of sayings) {
        const plain = Object.assign(new Error(message), code !== undefined && { code })
        const named = typeof code === 'string' ? Object.assign(new Error(message), { name: code }) : plain
        const wrapped = [
          plain,
          named,
          { message, code },
          // ethers for a code that it does not know; MetaMask around a node's error; viem's causes.
          makeError('could not coalesce error', 'UNKNOWN_ERROR', {
            error: plain,
            payload: { method: 'eth_sendTransaction' },
          } as never),
          { code: -32_603, message: 'Internal JSON-RPC error.', data: { code, message } },
          Object.assign(new Error('Long text of the library'), { shortMessage: 'RPC Request failed.', cause: plain }),
        ]
        for (const error of wrapped)
          expect([source, message, refusalOf(error)]).to.deep.equal([source, message, refusal])
      }
    })
  }

  it('does not read refusals into other troubles', function () {
    for (const message of [
      'execution reverted',
      'header not found',
      'missing trie node 5b1d (path ) state 0x5b1d is not available',
      'project ID request rate exceeded',
      'execution aborted (timeout = 5s)',
      'context canceled',
      'The method was blocked by a proxy',
    ]) {
      expect([message, refusalOf({ code: -32_000, message })]).to.deep.equal([message, undefined])
    }
  })
})

describe('explainWriteError', function () {
  it('has a code, a remedy and the own words for each refusal', async function () {
    for (const [refusal, sayings] of Object.entries(SAYINGS)) {
      const [, code, message] = sayings[0]!
      const cause = { code: typeof code === 'number' ? code : -32_603, message }
      const error = (await explainWriteError(
        makeError('could not coalesce error', 'UNKNOWN_ERROR', { error: cause, payload: {} } as never),
      )) as Error & { code: string }
      expect(error.code, refusal).to.match(/^[A-Z_]+$/)
      expect(error.code, refusal).to.not.equal('NODE_ANSWER')
      expect(error.message, refusal).to.contain(message.slice(0, 60).trimEnd().slice(0, 40))
    }
  })

  it('keeps words that it does not know', async function () {
    const error = (await explainWriteError({ code: -32_000, message: 'the moon is in the wrong phase' })) as Error & {
      code: string
    }
    expect(error.code).to.equal('TRANSACTION_REFUSED')
    expect(error.message).to.contain('the moon is in the wrong phase')
  })

  it('shows words of others in one line, shortened, without keys and marks that rewrite a terminal', function () {
    const words = `no\u202e\u001b[2J luck\n at https://eth.example/v3/secret-key?token=1 ${'x'.repeat(500)}`
    const text = wordsOf({ code: -32_000, message: words })
    expect(text).to.match(/^no\ufffd\ufffd\[2J luck at https:\/\/eth\.example x+…$/)
    expect([...text].length).to.equal(200)
    expect(wordsOf({ code: -32_603, message: 'Internal error', data: { message: 'nonce too low' } })).to.equal(
      'nonce too low',
    )
  })

  it('ends with errors that refer to themselves', function () {
    const error: Record<string, unknown> = { message: 'round', code: 1 }
    error.cause = error
    expect(layersOf(error)).to.deep.equal([{ codes: [1], words: 'round' }])
  })
})
