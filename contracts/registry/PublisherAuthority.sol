// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev What the registries of the {Ledger} need to know about publishers. Each depends on this contract, not on its
/// implementation.
abstract contract PublisherAuthority {
    /// @dev Whether `account` may act for `publisher` now.
    function _isAuthorized(address publisher, address account) internal view virtual returns (bool);

    /// @dev Reverts when `account` may not act for `publisher` now.
    function _requireAuthorized(address publisher, address account) internal view virtual;

    /// @dev Reverts unless `account` is the controller of `publisher`.
    function _requireController(address publisher, address account) internal view virtual;

    /// @dev From when until when the publisher's latest verification lasts (Unix seconds); zero when it was withdrawn, or a
    /// hand-over or a new profile ended it.
    function _verificationOf(address publisher) internal view virtual returns (uint40 from, uint40 until);
}
