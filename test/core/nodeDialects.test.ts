import { expect } from 'chai'

import { blocksHint, meaningOf, numberBelow, waitHint, wordsOf, type NodeMeaning } from '../../src/core/nodeDialects.ts'

/** A message as a provider gave it, and where that is on record. */
type Given = [code: number | string, message: string, source: string, data?: unknown]

const MESSAGES: Record<Exclude<NodeMeaning, 'unknown'>, Given[]> = {
  reverted: [
    [3, 'execution reverted: Too many requests', 'go-ethereum internal/ethapi/errors.go'],
    [-32603, "Error: VM Exception while processing transaction: reverted with custom error 'X()'", 'hardhat'],
  ],
  rejected: [
    [4001, 'MetaMask Tx Signature: User denied transaction signature.', 'EIP-1193'],
    [4001, 'User rejected the request.', 'EIP-1193'],
    [5000, 'User disapproved requested chains', 'specs.walletconnect.com/2.0/specs/clients/sign/error-codes'],
    [5002, 'User rejected methods.', 'wevm/viem#1045'],
    [-32603, 'Ledger device: Condition of use not satisfied (denied by the user?) (0x6985)', 'MetaMask/accounts#294'],
    [-32603, 'Ledger: User rejected the transaction', 'MetaMask/accounts#294'],
    [-32603, 'Action cancelled by user', 'MetaMask/accounts#576'],
    ['ACTION_REJECTED', 'user rejected action', 'ethers-io/ethers.js src.ts/providers/provider-browser.ts'],
  ],
  device: [
    [-32603, 'Ledger: Blind signing must be enabled', 'MetaMask/accounts#294'],
    [-32603, 'Ledger device: Invalid data received (0x6a80)', 'MetaMask/metamask-extension#29802'],
  ],
  unauthorized: [[4100, 'The requested account and/or method has not been authorized by the user.', 'EIP-1193']],
  wrongChain: [
    [-32603, 'Provided chainId "31337" must match the active chainId "1"', 'MetaMask/eth-json-rpc-middleware'],
    [4902, 'Unrecognized chain ID "0x539". Try adding the chain using wallet_addEthereumChain first.', 'EIP-3085'],
  ],
  batch: [
    [-32600, 'JSON-RPC batching is not supported', 'Amazon Managed Blockchain, paritytech/jsonrpsee#744'],
    [-32000, 'batch limit 100 exceeded: 142 requests given', 'erigontech/erigon#7090'],
    [-32600, 'batch too large', 'go-ethereum rpc/errors.go'],
    [-32602, 'Number of requests in batch exceeds --rpc-max-batch-size.', 'besu-eth/besu#4951'],
    [-32005, 'Batched requests are not supported by this server', 'paritytech/jsonrpsee types/src/error.rs'],
    [-32010, 'The batch request was too large', 'paritytech/jsonrpsee types/src/error.rs', 'Exceeded max limit of 10'],
    [
      31,
      'Batch of more than 3 requests are not allowed on free tier, to use this feature register paid account',
      'drpc',
    ],
    [-32600, 'Batch size limit exceeded', 'NethermindEth/nethermind#5122'],
    [-32600, 'Too many methods in the batch', 'AlphaWallet/alpha-wallet-ios#5021'],
    [-32700, 'batch requests are disabled', '0xPolygon/cdk-validium-node#50'],
    [-32600, 'Batch requests are not allowed.', 'surfpool#717'],
    [-32600, 'Invalid request: validation errors in batch', 'erpc/erpc architecture/evm/error_normalizer.go'],
  ],
  busy: [
    [-32005, 'project ID request rate exceeded', 'Infura', { rate: { allowed_rps: 1, backoff_seconds: 30 } }],
    [-32005, 'daily request count exceeded, request rate limited', 'docs.infura.io'],
    [429, 'Your app has exceeded its compute units per second capacity.', 'docs.alchemy.com error reference'],
    [-32005, 'Monthly capacity limit exceeded. Visit https://dashboard.alchemy.com to upgrade', 'erpc/erpc#442'],
    [-32007, '15/second request limit reached - reduce calls per second or upgrade your account', 'quicknode.com'],
    [-32003, 'daily request limit reached - upgrade your account at quicknode.com', 'quicknode.com'],
    [-32090, 'Too many requests, reason: call rate limit exhausted, retry in 10s', 'ankr.com/docs'],
    [-32055, 'No nodes available', 'ankr.com/docs/rpc-service/errors/overview'],
    [-32016, 'over rate limit', 'base/node#368'],
    [-32000, '429 Too Many Requests: {"jsonrpc":"2.0","error":{"code":-32016}}', 'base/node#368'],
    [
      -32005,
      "You've exceeded the RPS limit available on the current plan.",
      'chainstack/dev-portal#288',
      { try_again_in: '12ms' },
    ],
    [-32005, 'Rate limit exceeded', 'megaeth-labs/documentation#83'],
    [-32000, 'rabbit hole is full. Please try again later', 'megaeth-labs/documentation#83'],
    [-32011, 'no backend is currently healthy to serve traffic', 'ethereum-optimism/infra proxyd'],
    [-32097, 'rate limit exceeded', 'bsc-dataseed'],
    [-32029, 'Too Many Requests: rate limit, requests per 1m', 'hyperliquid'],
    [-32000, 'limit of requests per second reached', 'onflow/flow-evm-gateway models/errors'],
    [-32000, 'the node is under too much load', 'erpc/erpc architecture/evm/error_normalizer.go'],
    [-32605, 'Exceeded the quota usage', 'blastapi.io'],
    [19, 'Temporary internal error. Please retry, trace-id: 0', 'drpc'],
    [-32603, "We can't execute this request", 'drpc'],
    [-32603, 'Cannot fulfill request', 'LlamaNodes'],
    [-32046, 'Cannot fulfill request', 'Cloudflare'],
    [-32603, 'Internal error', 'JSON-RPC 2.0'],
    [4900, 'The provider is disconnected from all chains.', 'EIP-1193'],
  ],
  pruned: [
    [-32000, 'missing trie node c6ebfa18 (path ) state 0xc6eb is not available, not found', '0xPolygon/bor#1303'],
    [-32000, 'required historical state unavailable (reexec=128)', 'blockscout/blockscout#2219'],
    [-32000, 'historical state 0x5 is not available', 'go-ethereum triedb/pathdb'],
    [4444, 'pruned history unavailable', 'EIP-4444'],
    [-32000, 'Receipt not available for From block 14319330.', 'NethermindEth/nethermind#12089'],
    [-32000, 'World state unavailable', 'besu-eth/besu RpcErrorType'],
    [-32002, 'No state available for block 0x5', 'NethermindEth/nethermind'],
    [
      -32000,
      'state transitaion failed: seek with txNum=1 but data before txNum=2 is not available',
      'erigontech/erigon#13198',
    ],
    [-32000, 'state at block #100 is pruned', 'paradigmxyz/reth'],
    [-32000, 'project ID does not have access to archive state', 'Infura'],
    [-32613, 'Archive, Debug and Trace requests are not available on your current plan', 'chainstack.com'],
    [-32000, 'distance to target block exceeds maximum proof window', 'paradigmxyz/reth'],
  ],
  head: [
    [-32602, 'block range extends beyond current head block', 'ethereum/execution-apis#875'],
    [
      -32602,
      'block range extends beyond current head block: requested 21000100, head 21000000',
      'paradigmxyz/reth#23720',
    ],
    [-32602, 'block range exceeds head block', 'hl-archive-node/nanoreth#153'],
    [-32602, 'invalid block range', 'hl-archive-node/nanoreth#153'],
    [-32602, 'invalid block range params', 'lambdaclass/ethrex#7236'],
    [-32603, 'Internal Error: Could not get header for block 17', 'lambdaclass/ethrex#7236'],
    [-32000, 'header not found', 'ethersphere/bee#1919'],
    [-32000, 'unknown block', 'besu-eth/besu#8007'],
    [-32000, 'Block not found', 'besu-eth/besu RpcErrorType'],
    [-32001, 'block not found: 0x12a09a8', 'erigontech/erigon#18457'],
    [
      -32000,
      'One of the blocks specified in filter (fromBlock, toBlock or blockHash) cannot be found',
      'OpenEthereum#9256',
    ],
    [-32000, 'cannot query unfinalized data', 'ava-labs/coreth eth/api_backend.go'],
    [-32000, "requested a future epoch (beyond 'latest')", 'filecoin-project/lotus'],
    [-32000, 'requested block number greater than latest block', 'zkSync era'],
    [
      -32000,
      'height 300 must be less than or equal to the current blockchain height 299: invalid request',
      'evmos/ethermint',
    ],
    [-32000, 'requested from block 5 to block 9 after last accepted block 4', 'ava-labs/coreth eth/filters'],
  ],
  range: [
    [-32602, 'query exceeds max results 20000, retry with the range 1-50', 'paradigmxyz/reth (LlamaNodes)'],
    [-32602, 'range 1000000 exceeds limit of 10000', 'INFURA/infura#237'],
    [
      -32602,
      'invalid params',
      'Tenderly, bobanetwork/boba_legacy#827',
      { payload: 'range 9009594 is bigger than range limit 2000' },
    ],
    [-32000, 'block range is bigger than maxBlockRange', 'scroll-tech/go-ethereum#529'],
    [-32005, 'block range too large, max range: 1000', '0xPolygon/cdk-erigon#1706'],
    [
      -32000,
      'block range is larger than max block range, block range = 5120, max block range = 5000',
      'hyperindex#605',
    ],
    [-32614, 'eth_getLogs is limited to a 10,000 range', 'OffchainLabs/arbitrum-sdk#609 (QuickNode)'],
    [
      -32600,
      'You can make eth_getLogs requests with up to a 500 block range. Based on your parameters, this block range should work: [0x1a30dfd, 0x1a30ff0]',
      'boundless#838 (Alchemy)',
    ],
    [-32600, 'block range is too wide', 'ponder getLogsRetryHelper (Ankr)'],
    [-32600, 'block range too high', 'AlphaWallet/alpha-wallet-ios#5277'],
    [-32000, 'exceed maximum block range: 5000', 'AlphaWallet/alpha-wallet-android#2736 (BSC)'],
    [35, 'ranges over 10000 blocks are not supported on freetier', 'drpc'],
    [-32000, 'requested too many blocks from 1 to 5000, maximum is set to 2048', 'Avalanche'],
    [-32047, 'Invalid eth_getLogs request. Query exceeds limit. Max range: 800', 'Cloudflare'],
    [-32000, 'Maximum allowed number of requested blocks is 1000', 'thirdweb'],
    [-32000, 'please limit the query to at most 1000 blocks', 'Coinbase'],
    [-32603, 'block range is too wide (maximum 1024)', 'moonbeam-foundation/moonbeam#3250'],
    [
      -32000,
      'Block range limit exceeded. See more details at https://docs.chainstack.com/docs/limits#evm-range-limits',
      'chainstack.com',
    ],
    [-32602, 'eth_getLogs range is too large, max is 10k blocks', 'merkle.io'],
    [-32005, 'Requested range exceeds maximum RPC range limit', 'besu-eth/besu RpcErrorType'],
    [-32600, 'Query exceeds max block range of 10000', 'circlefin/arc-node#383'],
    [-32602, 'query exceeds max block range 100000', 'paradigmxyz/reth#8558'],
    [-32602, 'logs are limited to a 10000 block range', '0xPolygon/zkevm-node#3136'],
    [-32000, 'epoch range exceeds maximum value 1000', 'Conflux confura'],
    [-32000, 'maximum [from, to] blocks distance: 2000', 'ponder getLogsRetryHelper (Ankr, TAC)'],
    [-32000, 'exceeds the range allowed for your plan (5000 > 1000)', 'blastapi.io'],
    [-32600, "can't query more than 1000 blocks", 'aionnetwork/aion#1080'],
    [-32602, 'Query timeout exceeded. Consider reducing your block range.', 'Alchemy'],
  ],
  results: [
    [-32005, 'query returned more than 10000 results', 'aurora-is-near/aurora-relayer#327'],
    [-32000, 'query returns too many logs, narrow your filter: 20000', 'trezor/blockbook#1692 (Erigon)'],
    [-32000, 'logs matched by query exceeds limit of 10000', 'Arbitrum'],
    [-32020, 'backend response too large', 'ethereum-optimism/infra proxyd'],
    [-32000, 'response size should not greater than 10000000 bytes', '1rpc.io'],
    [-32003, 'response too large', 'go-ethereum rpc/errors.go'],
    [-32602, 'Log response size exceeded.', 'bancorprotocol/webapp#523 (Alchemy)'],
    [-32000, 'specify less number of addresses', 'Ankr'],
  ],
  slow: [
    [-32000, 'execution aborted (timeout = 5s)', 'go-ethereum eth/tracers'],
    [30, 'Request timeout on the free tier, please upgrade your tier to the paid one', 'hyperindex#715 (drpc)'],
    [-32002, 'request timed out', 'go-ethereum rpc/errors.go'],
    [-32005, 'query duration exceeded 10 seconds', 'docs.infura.io'],
  ],
  unsupported: [
    [-32601, 'the method eth_foo does not exist/is not available', 'go-ethereum rpc/errors.go'],
    [-32001, 'rpc method is not whitelisted', 'megaeth-labs/documentation#83'],
    [4200, 'The Provider does not support the requested method.', 'EIP-1193'],
    [-32602, 'finalized is not a supported commitment level', 'erpc/erpc architecture/evm/error_normalizer.go'],
  ],
  forbidden: [
    [-32000, 'Unauthorized: You must authenticate your request with an API key.', 'ankr.com'],
    [-32600, 'Must be authenticated!', 'Alchemy'],
    [-32002, 'invalid project id', 'Infura'],
    [-32600, 'App is inactive', 'EspressoSystems/espresso-network#4838 (Alchemy)'],
    [4, 'token is invalid', 'erpc/erpc thirdparty/drpc.go'],
    [-32051, 'API key not found', 'ankr.com/docs/rpc-service/errors/overview'],
    [-32002, 'rejected due to project ID settings', 'Infura'],
    [-32000, 'tenant disabled', 'Ankr'],
  ],
  limit: [[-32005, 'limit exceeded', 'go-ethereum, BSC, EIP-1474']],
}

describe('dialects of nodes', function () {
  for (const [meaning, messages] of Object.entries(MESSAGES)) {
    for (const [code, message, source, data] of messages) {
      it(`${meaning}: ${code} ${message} (${source})`, function () {
        expect(meaningOf({ code, message, data })).to.equal(meaning)
      })
    }
  }

  for (const [status, meaning] of [
    [200, 'unknown'],
    [401, 'forbidden'],
    [402, 'forbidden'],
    [403, 'forbidden'],
    [404, 'unsupported'],
    [405, 'unsupported'],
    [408, 'slow'],
    [413, 'results'],
    [415, 'unsupported'],
    [429, 'busy'],
    [500, 'busy'],
    [502, 'busy'],
    [503, 'busy'],
    [504, 'busy'],
    [530, 'busy'],
  ] as const) {
    it(`${meaning}: HTTP ${status} without words`, function () {
      expect(meaningOf({ status })).to.equal(meaning)
    })
  }

  it('lets the words decide before the status', function () {
    expect(meaningOf({ status: 400, message: 'block range too high' })).to.equal('range')
    expect(meaningOf({ status: 403, message: 'Too many requests' })).to.equal('busy')
  })

  it('reads a page of HTML as an answer of a server that is busy', function () {
    expect(meaningOf({ status: 200, message: '<html><head><title>502</title></head></html>' })).to.equal('busy')
  })

  it('does not read addresses of web pages, nor what is not text', function () {
    expect(meaningOf({ code: -32_000, message: 'x', data: { see: 'https://x.example/rate-limits' } })).to.equal(
      'unknown',
    )
    for (const message of [undefined, null, 7, {}, [], true]) expect(meaningOf({ message })).to.equal('unknown')
    expect(wordsOf({ message: 'a\n b', data: undefined })).to.equal('a b')
  })

  for (const [words, asked, hint] of [
    ['this block range should work: [0x1a30dfd, 0x1a30ff0]', 1000, 500],
    ['requested too many blocks from 1 to 5000, maximum is set to 2048', 5000, 2048],
    ['block range = 5120, max block range = 5000', 5120, 5000],
    ['eth_getLogs is limited to a 10,000 range', 100_000, 10_000],
    ['eth_getLogs range is too large, max is 10k blocks', 20_000, 10_000],
    ['range 1000000 exceeds limit of 10000', 1_000_000, 10_000],
    ['Query exceeds limit. Max range: 800', 1000, 800],
    ['exceed maximum block range: 5000', 4000, undefined],
    ['block range is too wide', 4000, undefined],
  ] as const) {
    it(`finds ${hint} blocks in "${words}"`, function () {
      expect(blocksHint(words, asked)).to.equal(hint)
    })
  }

  it('finds how many calls a batch may have', function () {
    expect(numberBelow('batch limit 100 exceeded: 142 requests given', 142)).to.equal(100)
    expect(numberBelow('Batch of more than 3 requests are not allowed on free tier', 100)).to.equal(3)
  })

  it('finds how long a node asks to wait, in milliseconds', function () {
    expect(waitHint(wordsOf({ data: { rate: { backoff_seconds: 30 } } }))).to.equal(30_000)
    expect(waitHint(wordsOf({ data: { try_again_in: '12ms' } }))).to.equal(12)
    expect(waitHint('rate limit exceeded, retry in 10s')).to.equal(10_000)
    expect(waitHint('Rate limit exceeded for your ip, please wait 1m')).to.equal(60_000)
    expect(waitHint('over rate limit')).to.equal(undefined)
  })
})
