/** What an element holds. Text stays text: nothing on this page is ever parsed as HTML, because names on a ledger are the words of strangers. */
export type Content = Node | string | undefined | readonly Content[]

/** Creates an element. Attributes are set as they are, but for `click`, which listens. */
export function element<Tag extends keyof HTMLElementTagNameMap>(
  tag: Tag,
  attributes: Readonly<Record<string, string | (() => void)>> = {},
  ...content: readonly Content[]
): HTMLElementTagNameMap[Tag] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === 'function') made.addEventListener(name, value)
    else made.setAttribute(name, value)
  }
  made.append(...nodesOf(content))
  return made
}

/** The element of the page with an id. */
export function byId<T extends HTMLElement = HTMLElement>(id: string): T {
  return document.getElementById(id) as T
}

/** The words of a stranger, whose direction of writing does not spread to what stands around them. */
export function words(text: string): HTMLElement {
  return element('bdi', {}, text)
}

function nodesOf(content: readonly Content[]): (Node | string)[] {
  return content.flatMap((part): (Node | string)[] => {
    if (part === undefined) return []
    return part instanceof Node || typeof part === 'string' ? [part] : nodesOf(part)
  })
}
