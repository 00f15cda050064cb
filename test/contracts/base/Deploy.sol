// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {Vm} from "./Test.sol";

/// @dev Deploys contracts from their artifacts. `new` would compile a copy of their code into each test, which takes minutes.
library Deploy {
    Vm private constant VM = Vm(0x7109709ECfa91a80626fF3989D68f67F5b1DD12D);

    /// @dev The address of a new contract: `name`.sol's `name`, with its encoded arguments. Reverts as its constructor does.
    function deploy(string memory name, bytes memory arguments) internal returns (address deployed) {
        bytes memory code = bytes.concat(VM.getCode(string.concat(name, ".sol:", name)), arguments);
        assembly ("memory-safe") {
            deployed := create(0, add(code, 0x20), mload(code))
            if iszero(deployed) {
                let free := mload(0x40)
                returndatacopy(free, 0, returndatasize())
                revert(free, returndatasize())
            }
        }
    }
}
