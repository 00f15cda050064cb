import { notPublisher, type Form } from '../form.ts'

/** Registers a model from its card and the digest of its weights. */
export const register: Form = {
  name: 'register',
  fields: [
    { name: 'card', kind: 'document', optional: true },
    { name: 'name', kind: 'line' },
    { name: 'weights', kind: 'line' },
    { name: 'licenseOfModel', kind: 'line', optional: true },
    { name: 'tensors', kind: 'line', optional: true },
    { name: 'uri', kind: 'line', optional: true },
    { name: 'publisher', kind: 'line', optional: true },
  ],
  subject: ({ publisher }) => ({ ...(publisher && { publisher }) }),
  async read(reader, { account }) {
    const { registrationIn } = await import('../draft.ts')
    return { act: 'register', ...(await registrationIn(reader, account))! }
  },
  hindrance: (known, account) => notPublisher(known, account, 'register'),
}
