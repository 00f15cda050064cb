// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {CredentialId, ModelId, TierId} from "../types/Ids.sol";

/// @dev Where a credential stands. Expiry is no state: it follows from the time.
enum CredentialState {
    None,
    Active,
    Suspended,
    Revoked
}

/**
 * @dev A credential as the chain keeps it. Times are Unix seconds.
 *
 * It is valid at `t` when `validFrom <= t < validUntil` and not `gapFrom <= t < gapUntil`. The gap covers every suspension and
 * every lapse between an expiry and a renewal, from the first to the last: what the chain says of a past time is never more
 * than what was true, and the events hold the exact history. While suspended, the gap has no end. A revocation moves
 * `validUntil` to its own time.
 */
struct Credential {
    address publisher;
    uint40 validFrom;
    uint40 validUntil;
    uint40 gapFrom;
    uint40 gapUntil;
    CredentialState state;
}

/// @dev An offer that a publisher signs for one holder (EIP-712). It can be accepted once, until `deadline`.
struct Offer {
    ModelId model;
    TierId tier;
    address holder;
    uint40 validFrom;
    uint40 validUntil;
    uint48 deadline;
}

/**
 * @title License credentials
 * @dev One account's grant of one tier of one model, as an ERC-721 token that cannot be transferred or approved (ERC-5192). The
 * token's id is the hash of model, tier and holder, so a look-up needs no index and nobody can hold the same grant twice.
 * Revocation is final for that id.
 *
 * Only those who may act for the model's publisher issue, renew, suspend, reinstate and revoke; nobody, whatever its role, can
 * do it in their place. Holders of credentials of an open tier issue them to themselves.
 */
interface ILicenseCredential {
    /// @dev There is no such credential.
    error LicenseCredentialUnknown(CredentialId credential);

    /// @dev `credential` was issued before. Renew it; or, if it was revoked, offer another tier.
    error LicenseCredentialAlreadyIssued(CredentialId credential);

    /// @dev `account` may not act for `publisher`, whose credential it is.
    error LicenseCredentialUnauthorized(address publisher, address account);

    /// @dev `account` may not accept what was offered to `holder`.
    error LicenseCredentialNotHolder(address holder, address account);

    /// @dev The holder is the zero address.
    error LicenseCredentialMissingHolder();

    /// @dev The credential would end at `validUntil`, not after it begins at `validFrom`.
    error LicenseCredentialEmptyWindow(uint40 validFrom, uint40 validUntil);

    /// @dev The window is `duration` seconds long; the tier allows `maxDuration`.
    error LicenseCredentialTooLong(uint256 duration, uint40 maxDuration);

    /// @dev The credential lasts until `current` already; a renewal to `validUntil` would not lengthen it.
    error LicenseCredentialNotLonger(uint40 current, uint40 validUntil);

    /// @dev The tier is granted one by one; ask the publisher.
    error LicenseCredentialTierNotOpen(ModelId model, TierId tier);

    /// @dev The credential is `state`, which does not allow this.
    error LicenseCredentialUnexpectedState(CredentialId credential, CredentialState state);

    /// @dev The offer stood until `deadline` (Unix seconds), which has passed.
    error LicenseCredentialOfferExpired(uint48 deadline);

    /// @dev The signature is not `signer`'s, or not for this offer, chain and contract.
    error LicenseCredentialInvalidSignature(address signer);

    /// @dev The text has `length` bytes; 2,048 are possible.
    error LicenseCredentialTextTooLong(uint256 length);

    /// @dev Credentials can be neither transferred nor approved.
    error LicenseCredentialSoulbound();

    /// @dev Emitted once a credential. Valid from `validFrom` until before `validUntil`.
    event CredentialIssued(
        CredentialId indexed credential,
        ModelId indexed model,
        address indexed holder,
        TierId tier,
        address publisher,
        uint40 validFrom,
        uint40 validUntil
    );

    /// @dev Emitted when a credential lasts until `validUntil` instead. After an expiry it is valid again from now.
    event CredentialRenewed(CredentialId indexed credential, address indexed account, uint40 validUntil);

    /// @dev Emitted when a credential is not valid until it is reinstated.
    event CredentialSuspended(CredentialId indexed credential, address indexed account, string reason);

    /// @dev Emitted when a suspension ends.
    event CredentialReinstated(CredentialId indexed credential, address indexed account);

    /// @dev Emitted when a credential has ended for good.
    event CredentialRevoked(CredentialId indexed credential, address indexed account, string reason);

    /// @dev Issues a credential to `holder`, valid from the later of `validFrom` and now, until before `validUntil`. The largest
    /// uint40 as `validUntil` means without end.
    ///
    /// Requirements: the caller may act for the model's publisher; the tier is offered; the credential is new; the window is
    /// not empty and within the tier's longest duration. Emits {CredentialIssued} and ERC-721's and ERC-5192's events.
    function grant(
        ModelId model,
        TierId tier,
        address holder,
        uint40 validFrom,
        uint40 validUntil
    ) external returns (CredentialId credential);

    /// @dev Accepts a signed offer. `signer` is the controller or an operator of the model's publisher, a key or an ERC-1271
    /// contract. Requirements: the caller is the holder or may act for it; as {grant} for the rest.
    function accept(
        Offer calldata offer,
        address signer,
        bytes calldata signature
    ) external returns (CredentialId credential);

    /// @dev Issues a credential of an open tier to the caller, from now for the tier's longest duration, or without end.
    function obtain(ModelId model, TierId tier) external returns (CredentialId credential);

    /// @dev Lengthens a credential. Requirements: the caller may act for the model's publisher; the tier is still offered; the
    /// credential is not revoked; `validUntil` is later than before and in the future, and not further from now than the
    /// tier's longest duration. A suspended credential stays suspended. Emits {CredentialRenewed}.
    function renew(ModelId model, TierId tier, address holder, uint40 validUntil) external;

    /// @dev Suspends a credential. Requirements: the caller may act for the publisher; it is active. Emits {CredentialSuspended}.
    function suspend(CredentialId credential, string calldata reason) external;

    /// @dev Ends a suspension. Requirements: the caller may act for the publisher; it is suspended. Emits {CredentialReinstated}.
    function reinstate(CredentialId credential) external;

    /// @dev Ends a credential for good. Requirements: the caller may act for the publisher; it is not revoked. Emits
    /// {CredentialRevoked}.
    function revoke(CredentialId credential, string calldata reason) external;

    /// @dev Whether the credential is valid now. An unknown one is not.
    function isValid(CredentialId credential) external view returns (bool);

    /// @dev Whether the credential is valid at `time` (Unix seconds), by what is known now.
    function isValidAt(CredentialId credential, uint40 time) external view returns (bool);

    /// @dev The credential, all zero when there is none.
    function credentialOf(CredentialId credential) external view returns (Credential memory);

    /// @dev The id that the grant of `tier` of `model` to `holder` has or would have.
    function hashCredential(ModelId model, TierId tier, address holder) external pure returns (CredentialId);
}
