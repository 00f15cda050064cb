import type { Form } from '../form.ts'

/** Publishes license terms, which anybody may then name. */
export const terms: Form = {
  name: 'terms',
  fields: [
    { name: 'license', kind: 'line', when: ({ termsFile }) => !termsFile?.trim() },
    { name: 'termsFile', kind: 'document', optional: true },
  ],
  subject: () => ({}),
  async read(reader) {
    const { termsIn } = await import('../terms.ts')
    return { act: 'terms', terms: await termsIn(reader) }
  },
}
