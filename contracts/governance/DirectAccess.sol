// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";

import {IDirectAccess} from "./IDirectAccess.sol";

/// @dev Implements {IDirectAccess} for every `restricted` function of the contract that inherits it.
abstract contract DirectAccess is IDirectAccess, AccessManaged {
    /// @dev Reverts for a call by the manager itself, then asks the manager about any other caller.
    function _checkCanCall(address caller, bytes calldata data) internal override {
        if (caller == authority()) revert DirectAccessThroughManager(caller);
        super._checkCanCall(caller, data);
    }
}
