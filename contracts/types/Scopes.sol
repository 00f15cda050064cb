// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/// @dev What an operator may do for a publisher, as bits of a mask. What cannot be undone has no scope: recalling, retiring
/// and superseding models, attesting parents, and answering claims are the controller's.
library Scopes {
    /// @dev Register models, or sign registrations.
    uint16 internal constant REGISTER = 1 << 0;

    /// @dev Anchor batches of registrations.
    uint16 internal constant ANCHOR = 1 << 1;

    /// @dev Offer and withdraw tiers; issue, offer, accept, change and revoke credentials, and issue others under them.
    uint16 internal constant GRANT = 1 << 2;

    /// @dev Anchor usage logs.
    uint16 internal constant AUDIT = 1 << 3;

    /// @dev State which model an endpoint serves.
    uint16 internal constant DEPLOY = 1 << 4;

    /// @dev All scopes.
    uint16 internal constant ALL = (1 << 5) - 1;
}
