// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title Who may act for a publisher, and who a publisher is
 * @dev A publisher is an account: a key, a Safe, or any other contract. Its address is its permanent id. These accounts
 * may act for it:
 *
 * - its controller: the publisher's own account until control is handed over in two steps;
 * - the operators named by the controller (such as CI keys), each in its own scopes (see {Scopes}) and until its own
 *   expiry. A change of controller removes all operators at once, so that a stolen key leaves nothing behind.
 *
 * What cannot be undone is the controller's. An operator that was removed, or lost a scope, does not get it back before
 * control changes: its old signatures would count again. Expiry is not a removal.
 *
 * An accredited account can verify a publisher's profile, and states since when: what the publisher said from then on was
 * said by the account that was checked. A new profile or a new controller ends the verification. Verifiers are numbered in
 * the order in which they first verified somebody, so that a publisher's record names its verifier in 16 bits.
 */
interface IPublisherRegistry {
    /// @dev A publisher's state. Times are Unix seconds.
    struct Publisher {
        address controller;
        uint32 epoch; // how often control was handed over
        address pendingController; // zero when no hand-over is open
        uint40 verifiedFrom; // zero when not verified
        uint40 verifiedUntil; // zero when not verified
        address verifier; // zero when not verified
        bytes32 profile; // SHA-256 of the profile document, zero when none was set
    }

    /// @dev `account` may not act for `publisher` in `scope` (see {Scopes}).
    error PublisherRegistryUnauthorized(address publisher, address account, uint16 scope);

    /// @dev Only the controller may do this, and `account` is not the controller of `publisher`.
    error PublisherRegistryNotController(address publisher, address account);

    /// @dev `account` is not the proposed controller of `publisher`. The proposed controller is `pending`; zero means
    /// nobody.
    error PublisherRegistryNotPendingController(address publisher, address account, address pending);

    /// @dev The profile of `publisher` is `actual`, not `expected`: it changed since it was checked.
    error PublisherRegistryProfileMismatch(address publisher, bytes32 expected, bytes32 actual);

    /// @dev `until` is neither zero nor in the future.
    error PublisherRegistryExpired(uint40 until);

    /// @dev The mask `scopes` has bits without a scope.
    error PublisherRegistryUndefinedScopes(uint16 scopes);

    /// @dev `scopes` were withdrawn from `operator`, which cannot get them back before control of `publisher` changes. Name
    /// another key, or begin a new epoch.
    error PublisherRegistryWithdrawnScopes(address publisher, address operator, uint16 scopes);

    /// @dev The verification would end at `until`, before or when it begins at `from`. To withdraw one, state zero for
    /// both.
    error PublisherRegistryEmptyVerification(uint40 from, uint40 until);

    /// @dev `domain` has `length` bytes; a domain name has at most 253 (RFC 1035).
    error PublisherRegistryDomainTooLong(uint256 length);

    /// @dev Emitted when a publisher states who it is. `profile` is the SHA-256 of a document, and `domain` is a domain
    /// that the publisher claims.
    event ProfileSet(address indexed publisher, bytes32 indexed profile, string domain);

    /// @dev Emitted when `verifier` verifies `profile` from `from` until `until` (Unix seconds). Two zeros withdraw the
    /// verification.
    event PublisherVerified(
        address indexed publisher,
        address indexed verifier,
        bytes32 profile,
        uint40 from,
        uint40 until
    );

    /// @dev Emitted when `operator` may act for `publisher` in `scopes` until `until`. Both are zero when it is removed.
    event OperatorSet(address indexed publisher, address indexed operator, uint16 scopes, uint40 until);

    /// @dev Emitted when control is offered to `controller`. Zero withdraws the offer.
    event ControllerProposed(address indexed publisher, address indexed controller);

    /// @dev Emitted when `controller` takes over from `previous`. This removes all operators of `publisher` and ends its
    /// verification.
    event ControllerChanged(address indexed publisher, address indexed previous, address indexed controller);

    /// @dev Sets the profile, and ends any verification of the old one.
    ///
    /// Requirements: the caller is the controller; `domain` has at most 253 bytes. Emits {ProfileSet}.
    function setProfile(address publisher, bytes32 profile, string calldata domain) external;

    /// @dev Verifies `profile` from `from` until `until`, in place of any earlier verification. `from` may be in the past:
    /// since when, as far as the verifier knows, the account has been that of the profile. Two zeros withdraw the
    /// verification.
    ///
    /// Requirements: the caller has the verifier's role; `profile` is the current one; `until` is in the future and later
    /// than `from`, or both are zero. Emits {PublisherVerified}.
    function verifyPublisher(address publisher, bytes32 profile, uint40 from, uint40 until) external;

    /// @dev Lets `operator` act for the publisher in `scopes` (see {Scopes}) until `until`, in place of what it may do now. Zero
    /// scopes or a zero end remove it at once. In this epoch, a removed operator cannot be named again, and a scope that is
    /// left out cannot be given back.
    ///
    /// Requirements: the caller is the controller; `scopes` are defined and none of them was withdrawn; `until` is zero or in
    /// the future. Emits {OperatorSet}.
    function setOperator(address publisher, address operator, uint16 scopes, uint40 until) external;

    /// @dev Offers control to `controller`, which must accept. Zero withdraws the offer.
    ///
    /// Requirements: the caller is the controller. Emits {ControllerProposed}.
    function proposeController(address publisher, address controller) external;

    /// @dev Takes control, removes all operators, and ends the verification: the verifier checked another's account. The
    /// epoch grows by one. A controller may take over from itself, to begin an epoch without operators.
    ///
    /// Requirements: the caller is the proposed controller. Emits {ControllerChanged}.
    function acceptController(address publisher) external;

    /// @dev The state of a publisher. An address that never acted is a publisher without a profile.
    function publisherOf(address publisher) external view returns (Publisher memory);

    /// @dev How often control of `publisher` was handed over.
    function epochOf(address publisher) external view returns (uint32);

    /// @dev The verifier with a number: numbers begin at 1, are never given to another account, and are stored beside a
    /// publisher's verification. Zero for a number that was not given yet.
    function verifierOf(uint16 number) external view returns (address);

    /// @dev What `operator` may do for `publisher` now and until when (Unix seconds), both zero when it is not an operator or
    /// has expired; and the scopes that it cannot get in this epoch any more.
    function operatorOf(
        address publisher,
        address operator
    ) external view returns (uint16 scopes, uint40 until, uint16 withdrawn);

    /// @dev Whether `account` may act for `publisher` in every one of `scopes` now: as its controller, or as an operator that
    /// has them and has not expired. Without any scope, whether it may act at all.
    function hasScope(address publisher, address account, uint16 scopes) external view returns (bool);

    /// @dev Whether `account` is the controller of `publisher`.
    function canControl(address publisher, address account) external view returns (bool);
}
