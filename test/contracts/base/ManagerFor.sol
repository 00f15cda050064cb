// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev What a contract asks its access manager.
interface IPermissions {
    function canCall(address caller, address target, bytes4 selector) external view returns (bool, uint32);

    function hasRole(uint64 role, address account) external view returns (bool, uint32);
}

/// @dev An access manager that answers as a test does. It stands apart from the test, because restricted functions refuse
/// calls by the manager itself.
contract ManagerFor is IPermissions {
    IPermissions private immutable TEST;

    constructor(address test) {
        TEST = IPermissions(test);
    }

    /// @inheritdoc IPermissions
    function canCall(address caller, address target, bytes4 selector) external view returns (bool, uint32) {
        return TEST.canCall(caller, target, selector);
    }

    /// @inheritdoc IPermissions
    function hasRole(uint64 role, address account) external view returns (bool, uint32) {
        return TEST.hasRole(role, account);
    }
}
