/** Names of files that are data without weights or code: texts, tables and pictures; part of the digest of the ruleset. */
export const DATA_NAMES =
  /(^|\/)(readme|license|licence|notice|copying|\.gitattributes|\.gitignore)$|\.(md|txt|json|jsonl|csv|tsv|vocab|merges|png|jpe?g|gif|webp|pdf|html)$/i

/** Whether a name says that a file is data, which nobody loads as weights and nobody runs. */
export function isDataName(name: string): boolean {
  return DATA_NAMES.test(name)
}
