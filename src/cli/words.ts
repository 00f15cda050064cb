import type { Obligation, Right } from '../core/vocabulary.ts'

/** What is asked, as in "commercial use of acme/tiny-chat". */
export const USE_WORDS: Readonly<Record<Right, string>> = {
  research: 'research use',
  education: 'educational use',
  personal: 'personal use',
  commercial: 'commercial use',
  host: 'hosting',
  modify: 'modification',
  'commercial-modify': 'commercial modification',
  redistribute: 'redistribution',
  'redistribute-derivatives': 'redistribution of derivatives',
  distill: 'distillation',
  sublicense: 'sublicensing',
}

/** What an obligation demands of a licensee. */
export const OBLIGATION_WORDS: Readonly<Record<Obligation, string>> = {
  notice: 'pass on the license and its notices',
  attribution: 'credit the authors',
  'state-changes': 'state what you changed',
  'share-alike': 'put what you pass on under the same license',
  source: 'offer the source of what you pass on',
  'network-source': 'offer the source to the users of your service',
  'name-prefix': 'name what you make as the license demands',
  'display-credit': 'show the credit that the license demands',
  'use-restrictions': 'keep to the uses that the license allows',
  'disclose-base': 'state which model yours was made from',
  'notify-licensor': 'notify the licensor',
}
