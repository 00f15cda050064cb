const en = {
  title: 'Check against the chain',
  lead: 'A node answers the same question as of the same block, and this page compares. The node learns which model you ask about.',
  url: 'Address of a node (JSON-RPC)',
  urlHint: 'Your own, or one that you trust. It is kept in this browser only.',
  button: 'Ask this node',
  wallet: (name: string) => `Ask by ${name}`,
  asking: 'Asking the node',
  invalid: 'Use an address such as https://node.example or http://127.0.0.1:8545.',
  same: 'The node answers the same.',
  other: 'The node does not answer the same. Trust the node if it is yours.',
  behind: (head: string, block: string) =>
    `The node is behind: its newest block is ${head}, and the index answered as of ${block}. Ask again later.`,
  otherBlock:
    'The node has another block with this number: the chain replaced it, or the node is of another chain. Ask again once the index has followed.',
  failed: 'The node could not be asked',
  unreachable:
    'If it runs, it may not let pages of other addresses ask it (CORS); and a page that came by https may not ask a node by http, unless it is on this computer.',
  noDeployment: 'This server does not state where the contracts are. The command line asks a node:',
  node: 'Node',
  index: 'Index',
  verdict: 'Verdict',
  findings: 'Findings',
  block: 'Block',
  ledger: 'Ledger',
  chain: 'Chain',
  addresses:
    'Where the contracts are is what this server states. Compare the address of the ledger with the one that you know.',
}

const zh: typeof en = {
  title: '对照链上核对',
  lead: '由节点就同一区块回答同一问题，本页加以比较。节点会知道您查询的是哪个模型。',
  url: '节点地址（JSON-RPC）',
  urlHint: '您自己的节点，或您信任的节点。地址只保存在本浏览器中。',
  button: '询问此节点',
  wallet: (name) => `通过 ${name} 询问`,
  asking: '正在询问节点',
  invalid: '请使用 https://node.example 或 http://127.0.0.1:8545 这样的地址。',
  same: '节点的回答相同。',
  other: '节点的回答不同。如果节点是您自己的，请以节点为准。',
  behind: (head, block) => `节点落后：其最新区块为 ${head}，而索引的回答基于 ${block}。请稍后再问。`,
  otherBlock: '节点上此编号的区块不同：链替换了它，或节点属于另一条链。请在索引跟上后再问。',
  failed: '无法询问节点',
  unreachable:
    '若节点在运行，它可能不允许其他地址的页面询问（CORS）；以 https 打开的页面也不能通过 http 询问节点，除非节点在本机。',
  noDeployment: '本服务器没有提供合约地址。可用命令行询问节点：',
  node: '节点',
  index: '索引',
  verdict: '结论',
  findings: '发现',
  block: '区块',
  ledger: '账本',
  chain: '链',
  addresses: '合约地址由本服务器提供。请将账本地址与您所知的对照。',
}

/** The words of the check against the chain. */
export const chainWords = { en, 'zh-CN': zh }
