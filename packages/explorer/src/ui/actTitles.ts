const en = {
  register: 'Register a model',
  terms: 'Publish terms',
  offer: 'Offer a tier',
  apply: 'Apply for a tier',
  grant: 'Grant a credential',
  revoke: 'Revoke a credential',
  accept: 'Accept an offer',
  claim: 'File a claim',
  answer: 'Answer a claim',
  review: 'Request a review',
  scan: 'Attest a scan',
}

/** The name of a form of what a wallet may do, as in its address. */
export type ActName = keyof typeof en

/** What each form is called, here and where something leads to it. */
export const ACT_TITLES: { en: typeof en; 'zh-CN': typeof en } = {
  en,
  'zh-CN': {
    register: '登记模型',
    terms: '发布条款',
    offer: '提供许可层级',
    apply: '申请许可层级',
    grant: '授予凭证',
    revoke: '撤销凭证',
    accept: '接受要约',
    claim: '提出主张',
    answer: '答复主张',
    review: '申请审查',
    scan: '证明扫描',
  },
}
