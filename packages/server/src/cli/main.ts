#!/usr/bin/env node
import { runProcess } from 'stemma/console'
import { runServer } from './run.ts'

await runProcess(runServer)
