// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev What the registries of the {Ledger} need to know about publishers. Each depends on this contract, not on its
/// implementation.
abstract contract PublisherAuthority {
    /// @dev Reverts when `account` may not act for `publisher` in `scope` (see {Scopes}) now. Returns the publisher's epoch,
    /// which is read anyway.
    function _requireAuthorized(
        address publisher,
        address account,
        uint16 scope
    ) internal view virtual returns (uint32 epoch);

    /// @dev Reverts unless `account` is the controller of `publisher`.
    function _requireController(address publisher, address account) internal view virtual;

    /// @dev From when until when the publisher's latest verification lasts (Unix seconds); zero when it was withdrawn, or a
    /// hand-over or a new profile ended it.
    function _verificationOf(address publisher) internal view virtual returns (uint40 from, uint40 until);
}
