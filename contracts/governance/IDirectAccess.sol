// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title Restricted functions that name the person who calls them
 * @dev A function that takes a role is called by the account that has the role, directly. The AccessManager's `execute` is
 * refused, because the manager would be the caller, and events and records would name it instead of the account. An account
 * with an execution delay schedules the call with the manager (`schedule`), waits, and then calls this contract itself with
 * the same arguments.
 */
interface IDirectAccess {
    /// @dev The call came through `execute` of the AccessManager `manager`. Call the function directly instead; a scheduled
    /// call works that way too.
    error DirectAccessThroughManager(address manager);
}
