/** Holds a model and gives it back in turn until it is killed. Usage: holdForever.ts JOURNAL ROOT move|mode [UID] */
import { openHoldJournal } from '../../src/guard/holdJournal.ts'
import { holdModel, releaseModel } from '../../src/guard/holdModel.ts'
import { guardedModel } from './models.ts'

const [folder, root, how, uid] = process.argv.slice(2)
if (uid !== undefined) {
  process.setgid!(Number(uid))
  process.setuid!(Number(uid))
}
const journal = openHoldJournal(folder)
for (;;) {
  const model = await guardedModel(root!)
  process.stdout.write('.')
  await holdModel(model, { move: how === 'move', reason: 'test', journal })
  await releaseModel(model.digest, { journal })
}
