// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

/**
 * @title Who may act for a publisher, and who a publisher is
 * @dev A publisher is an account: a key, a Safe, or any other contract. Its address is its id for ever. Acts for it are:
 *
 * - its controller, which is the publisher's own account until the control is handed over in two steps, and
 * - the operators that the controller named (keys of a CI, say), each until its own end. A change of controller ends all
 *   operators at once, so that a stolen key leaves nothing behind.
 *
 * An accredited account can verify that a publisher's profile is true. A new profile ends the verification.
 */
interface IPublisherRegistry {
    /// @dev What is known of a publisher. Times are Unix seconds.
    struct Publisher {
        address controller;
        address pendingController; // zero when no hand-over is open
        uint40 verifiedUntil; // zero when not verified
        bytes32 profile; // SHA-256 of the profile document, zero when none was set
    }

    /// @dev `account` may not act for `publisher`.
    error PublisherRegistryUnauthorized(address publisher, address account);

    /// @dev Only the controller may do this, and `account` is not the controller of `publisher`.
    error PublisherRegistryNotController(address publisher, address account);

    /// @dev `account` was not named as the next controller of `publisher`; `pending` was, or nobody if it is zero.
    error PublisherRegistryNotPendingController(address publisher, address account, address pending);

    /// @dev The profile of `publisher` is `actual`, not `expected`: it changed since it was checked.
    error PublisherRegistryProfileMismatch(address publisher, bytes32 expected, bytes32 actual);

    /// @dev `until` is neither zero nor in the future.
    error PublisherRegistryExpired(uint40 until);

    /// @dev `domain` is longer than 253 bytes, which no domain name is (RFC 1035).
    error PublisherRegistryDomainTooLong(uint256 length);

    /// @dev Emitted when a publisher states who it is. `profile` is the SHA-256 of a document, `domain` a domain that it claims.
    event ProfileSet(address indexed publisher, bytes32 indexed profile, string domain);

    /// @dev Emitted when `verifier` has checked `profile`, valid until `until`; `until` zero withdraws the verification.
    event PublisherVerified(address indexed publisher, address indexed verifier, bytes32 profile, uint40 until);

    /// @dev Emitted when `operator` may act for `publisher` until `until`; `until` zero removes it.
    event OperatorSet(address indexed publisher, address indexed operator, uint40 until);

    /// @dev Emitted when `controller` is offered to take over; zero withdraws the offer.
    event ControllerProposed(address indexed publisher, address indexed controller);

    /// @dev Emitted when `controller` has taken over from `previous`. All operators of `publisher` have ended.
    event ControllerChanged(address indexed publisher, address indexed previous, address indexed controller);

    /// @dev Sets the profile. A verification of the old one ends.
    ///
    /// Requirements: the caller is the controller; `domain` has at most 253 bytes. Emits {ProfileSet}.
    function setProfile(address publisher, bytes32 profile, string calldata domain) external;

    /// @dev Says that `profile` is true, until `until`; zero withdraws an earlier word.
    ///
    /// Requirements: the caller has the verifier's role; `profile` is the current one; `until` is zero or in the future.
    /// Emits {PublisherVerified}.
    function verifyPublisher(address publisher, bytes32 profile, uint40 until) external;

    /// @dev Lets `operator` act for the publisher until `until`; zero removes it at once.
    ///
    /// Requirements: the caller is the controller; `until` is zero or in the future. Emits {OperatorSet}.
    function setOperator(address publisher, address operator, uint40 until) external;

    /// @dev Offers the control to `controller`, who has to accept. Zero withdraws the offer.
    ///
    /// Requirements: the caller is the controller. Emits {ControllerProposed}.
    function proposeController(address publisher, address controller) external;

    /// @dev Takes the control over. Requirements: the caller was proposed. Emits {ControllerChanged}.
    function acceptController(address publisher) external;

    /// @dev What is known of a publisher. Any address is a publisher that has said nothing yet.
    function publisherOf(address publisher) external view returns (Publisher memory);

    /// @dev Until when `operator` may act for `publisher`, in Unix seconds; zero when it may not.
    function operatorUntil(address publisher, address operator) external view returns (uint40);

    /// @dev Whether `account` may act for `publisher` now: it is the controller, or an operator that has not ended.
    function isAuthorized(address publisher, address account) external view returns (bool);
}
