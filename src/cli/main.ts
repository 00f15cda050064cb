#!/usr/bin/env node
import { runProcess } from '../console/process.ts'
import { runCli } from './run.ts'

await runProcess(runCli)
