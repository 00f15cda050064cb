#!/usr/bin/env node
// Static imports would run before the check, so there are none. Syntax that an old Node cannot read would hide the sentence.
const [major, minor] = process.versions.node.split('.').map(Number) as [number, number]

if (major < 22 || (major === 22 && minor < 18)) {
  process.stderr.write(
    'stemma-server needs Node 22.18 or newer, and this is Node ' + process.versions.node + '. Install a newer Node.\n',
  )
  process.exitCode = 2
} else {
  if (process.argv[2] === 'gateway') (await import('./smallHeap.ts')).keepHeapSmall()
  const [{ runProcess }, { runServer }] = await Promise.all([import('stemma/console'), import('./run.ts')])
  await runProcess(runServer)
}

export {}
