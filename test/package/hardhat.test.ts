import { existsSync, mkdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'

import { expect } from 'chai'

import { createProject, packed, type Project } from './world.ts'

const checkout = join(import.meta.dirname, '../..')

describe('the contracts of the package in a fresh Hardhat project', function () {
  this.timeout(180_000)
  let project: Project

  before(function () {
    project = createProject('platform')
    // The compiler and Hardhat are the checkout's, so that nothing is downloaded; the contracts are those of the tarball.
    const modules = join(project.folder, 'node_modules')
    mkdirSync(modules)
    for (const name of ['hardhat', 'solc']) symlinkSync(join(checkout, 'node_modules', name), join(modules, name))
    symlinkSync(packed().stemma.folder, join(modules, 'stemma'))
  })

  it('compile from imports such as stemma/contracts/gate/ILoadCheck.sol', async function () {
    project.write(
      'hardhat.config.ts',
      `import { defineConfig } from 'hardhat/config'
       export default defineConfig({
         solidity: { version: '0.8.37', path: ${JSON.stringify(join(checkout, 'node_modules/solc/soljson.js'))} },
       })`,
    )
    project.write(
      'contracts/Platform.sol',
      `// SPDX-License-Identifier: MIT
       pragma solidity ^0.8.28;

       import {Query} from "stemma/contracts/compliance/IComplianceLens.sol";
       import {ILoadCheck} from "stemma/contracts/gate/ILoadCheck.sol";
       import {Registration} from "stemma/contracts/types/Registration.sol";

       contract Platform {
           ILoadCheck private immutable _loading;

           constructor(ILoadCheck loading) {
               _loading = loading;
           }

           function mayServe(
               Registration calldata registration,
               bytes32 tensors,
               Query calldata query
           ) external view returns (bool) {
               return _loading.check(registration, tensors, query).loadable;
           }
       }`,
    )
    // Every file that is published, so that none needs what the package does not bring.
    const published = packed().stemma.files.filter(({ path }) => path.endsWith('.sol'))
    expect(published.map(({ path }) => path)).to.include('contracts/registry/IModelRegistry.sol')
    project.write(
      'contracts/All.sol',
      `// SPDX-License-Identifier: MIT
       pragma solidity ^0.8.28;
       ${published.map(({ path }) => `import "stemma/${path}";`).join('\n')}`,
    )
    const cli = join(project.folder, 'node_modules/hardhat/dist/src/cli.js')
    const { code, stdout, stderr } = await project.run('node', cli, 'build')
    expect(code, `${stdout}${stderr}`).to.equal(0)
    const artifact = join(project.folder, 'artifacts/contracts/Platform.sol/Platform.json')
    expect(existsSync(artifact)).to.equal(true)
    const { abi, bytecode } = JSON.parse(readFileSync(artifact, 'utf8')) as {
      abi: { name?: string }[]
      bytecode: string
    }
    expect(abi.map(({ name }) => name)).to.include('mayServe')
    expect(bytecode.length).to.be.greaterThan(100)
  })
})
