/** Whether a text has the form of a repository's id on the Hugging Face Hub: `name` or `owner/name`. */
export function isHubId(text: string): boolean {
  return /^[\w-][\w.-]{0,95}(\/[\w-][\w.-]{0,95})?$/.test(text) && !text.includes('..')
}
