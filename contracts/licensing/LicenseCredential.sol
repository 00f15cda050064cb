// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {IERC165} from "@openzeppelin/contracts/interfaces/IERC165.sol";
import {IERC721} from "@openzeppelin/contracts/interfaces/IERC721.sol";
import {ERC721} from "@openzeppelin/contracts/token/ERC721/ERC721.sol";
import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";

import {WritePause} from "../governance/WritePause.sol";
import {IPublisherRegistry} from "../registry/IPublisherRegistry.sol";
import {AccountSignature} from "../types/AccountSignature.sol";
import {CredentialId, ModelId, TierId, credentialIdOf} from "../types/Ids.sol";
import {Scopes} from "../types/Scopes.sol";
import {Rights} from "../types/Vocabulary.sol";
import {CredentialFlags, CredentialRecord, packCredentialRecord} from "./CredentialRecord.sol";
import {CredentialValidity} from "./CredentialValidity.sol";
import {IERC5192} from "./IERC5192.sol";
import {Credential, CredentialState, Grant, ILicenseCredential, Offer} from "./ILicenseCredential.sol";
import {ILicenseRegistry} from "./ILicenseRegistry.sol";

/// @dev Implements {ILicenseCredential}. A revocation or a validity check reads one word, the record, whose flags say what else
/// there is: a second word with the gap and the lifted rights of the few credentials that have them, and the parent of a
/// sub-credential.
contract LicenseCredential is ILicenseCredential, IERC5192, ERC721, EIP712, WritePause {
    using CredentialValidity for Credential;

    struct Details {
        uint40 gapFrom; // bytes 0-4
        uint40 gapUntil; // bytes 5-9
        uint16 lifts; // bytes 10-11
    }

    bytes32 private constant OFFER_TYPEHASH = keccak256(
        "Offer(bytes32 model,bytes32 tier,address holder,uint40 validFrom,uint40 validUntil,bytes32 payment,bytes32 agreement,uint16 lifts,uint32 epoch,uint48 deadline)"
    );
    uint256 private constant MAX_TEXT_BYTES = 2048;
    CredentialId private constant NO_PARENT = CredentialId.wrap(0);

    IPublisherRegistry private immutable _PUBLISHERS;
    ILicenseRegistry private immutable _LICENSES;

    mapping(CredentialId credential => CredentialRecord) private _records;
    mapping(CredentialId credential => Details) private _details;
    mapping(CredentialId credential => CredentialId) private _parents;

    /// @dev `manager` is the AccessManager that holds the roles; `publishers` and `licenses` are the registries, usually
    /// one {Ledger}.
    constructor(
        address manager,
        IPublisherRegistry publishers,
        ILicenseRegistry licenses
    ) AccessManaged(manager) ERC721("Stemma License Credential", "STEMMA") EIP712("Stemma License Credential", "1") {
        _PUBLISHERS = publishers;
        _LICENSES = licenses;
    }

    /// @inheritdoc ILicenseCredential
    function grant(Grant calldata grant_) external whenNotPaused returns (CredentialId credential) {
        (address publisher, , , uint40 maxDuration) = _LICENSES.offeredTier(grant_.model, grant_.tier);
        _requireAuthorized(publisher, msg.sender);
        return _issue(publisher, maxDuration, NO_PARENT, grant_);
    }

    /// @inheritdoc ILicenseCredential
    function grantUnder(
        ModelId model,
        TierId tier,
        address licensee,
        address holder,
        uint40 validFrom,
        uint40 validUntil
    ) external whenNotPaused returns (CredentialId credential) {
        (address publisher, , bool subCredentials, uint40 maxDuration) = _LICENSES.offeredTier(model, tier);
        if (!subCredentials) revert LicenseCredentialNoSubCredentials(model, tier);
        CredentialId parent = hashCredential(model, tier, licensee);
        _requireParent(parent, licensee, validUntil);
        Grant memory granted;
        granted.model = model;
        granted.tier = tier;
        granted.holder = holder;
        granted.validFrom = validFrom;
        granted.validUntil = validUntil;
        return _issue(publisher, maxDuration, parent, granted);
    }

    /// @inheritdoc ILicenseCredential
    function request(ModelId model, TierId tier, bytes32 details, string calldata uri) external whenNotPaused {
        _requireShort(uri);
        _LICENSES.offeredTier(model, tier);
        emit CredentialRequested(model, tier, msg.sender, details, uri);
    }

    /// @inheritdoc ILicenseCredential
    function accept(
        Offer calldata offer,
        address signer,
        bytes calldata signature
    ) external whenNotPaused returns (CredentialId credential) {
        if (block.timestamp > offer.deadline) revert LicenseCredentialOfferExpired(offer.deadline);
        Grant calldata granted = offer.grant;
        if (msg.sender != granted.holder) _requireHolder(granted.holder);
        (address publisher, , , uint40 maxDuration) = _LICENSES.offeredTier(granted.model, granted.tier);
        _requireAuthorized(publisher, signer);
        uint32 epoch = _PUBLISHERS.epochOf(publisher);
        if (offer.epoch != epoch) revert LicenseCredentialOtherEpoch(publisher, offer.epoch, epoch);
        bytes32 digest = _hashTypedDataV4(keccak256(abi.encode(OFFER_TYPEHASH, offer)));
        if (!AccountSignature.isValid(signer, digest, signature)) revert LicenseCredentialInvalidSignature(signer);
        return _issue(publisher, maxDuration, NO_PARENT, granted);
    }

    /// @inheritdoc ILicenseCredential
    function obtain(ModelId model, TierId tier) external whenNotPaused returns (CredentialId credential) {
        (address publisher, bool open, , uint40 maxDuration) = _LICENSES.offeredTier(model, tier);
        if (!open) revert LicenseCredentialTierNotOpen(model, tier);
        bool endless = maxDuration == 0 || maxDuration > type(uint40).max - _now();
        uint40 validUntil = endless ? type(uint40).max : _now() + maxDuration;
        credential = hashCredential(model, tier, msg.sender);
        CredentialRecord record = _records[credential];
        if (record.state() == CredentialState.Active && record.validUntil() <= _now() && !record.isSub()) {
            Credential memory ended = _stored(credential, record);
            ended.lengthen(_now(), validUntil);
            _store(credential, ended, record.flags());
            emit CredentialRenewed(credential, msg.sender, validUntil);
            return credential;
        }
        Grant memory granted;
        granted.model = model;
        granted.tier = tier;
        granted.holder = msg.sender;
        granted.validUntil = validUntil;
        return _issue(publisher, maxDuration, NO_PARENT, granted);
    }

    /// @inheritdoc ILicenseCredential
    function renew(ModelId model, TierId tier, address holder, uint40 validUntil) external whenNotPaused {
        CredentialId id = hashCredential(model, tier, holder);
        CredentialRecord record = _existing(id);
        if (record.isSub()) _requireParent(_parents[id], _requireOwned(CredentialId.unwrap(_parents[id])), validUntil);
        else _requireAuthorized(record.publisher(), msg.sender);
        Credential memory credential = _stored(id, record);
        uint40 maxDuration = _LICENSES.maxDurationOf(model, tier);
        if (credential.state == CredentialState.Revoked) {
            revert LicenseCredentialUnexpectedState(id, credential.state);
        }
        if (validUntil <= credential.validUntil) {
            revert LicenseCredentialNotLonger(credential.validUntil, validUntil);
        }
        uint40 start = credential.validFrom > _now() ? credential.validFrom : _now();
        _requireWindow(start, validUntil, maxDuration);
        credential.lengthen(_now(), validUntil);
        _store(id, credential, record.flags());
        emit CredentialRenewed(id, msg.sender, validUntil);
    }

    /// @inheritdoc ILicenseCredential
    function suspend(CredentialId id, string calldata reason) external {
        _requireShort(reason);
        CredentialRecord record = _existing(id);
        bool byPublisher = _byPublisher(id, record);
        bool takesOver = byPublisher && record.isEndedByOthers() && record.state() == CredentialState.Suspended;
        if (record.state() != CredentialState.Active && !takesOver) {
            revert LicenseCredentialUnexpectedState(id, record.state());
        }
        Credential memory credential = _stored(id, record);
        credential.state = CredentialState.Suspended;
        credential.openGap(_now());
        _store(id, credential, record.endedBy(!byPublisher).flags());
        emit CredentialSuspended(id, msg.sender, reason);
    }

    /// @inheritdoc ILicenseCredential
    function reinstate(CredentialId id) external whenNotPaused {
        CredentialRecord record = _existing(id);
        bool byPublisher = _byPublisher(id, record);
        if (record.state() != CredentialState.Suspended) revert LicenseCredentialUnexpectedState(id, record.state());
        if (!byPublisher && !record.isEndedByOthers()) {
            revert LicenseCredentialUnauthorized(record.publisher(), msg.sender);
        }
        Credential memory credential = _stored(id, record);
        credential.state = CredentialState.Active;
        credential.closeGap(_now());
        _store(id, credential, record.endedBy(false).flags());
        emit CredentialReinstated(id, msg.sender);
    }

    /// @inheritdoc ILicenseCredential
    function revoke(CredentialId id, string calldata reason) external {
        _requireShort(reason);
        CredentialRecord record = _existing(id);
        if (record.isSub()) {
            record = _revokedSub(id, record);
        } else {
            _requireAuthorized(record.publisher(), msg.sender);
            if (record.state() == CredentialState.Revoked) revert LicenseCredentialUnexpectedState(id, record.state());
            record = record.revokedAt(_now());
        }
        _records[id] = record;
        emit CredentialRevoked(id, msg.sender, reason);
    }

    /// @inheritdoc ILicenseCredential
    function renounce(CredentialId id) external {
        CredentialRecord record = _existing(id);
        if (record.state() == CredentialState.Revoked) revert LicenseCredentialUnexpectedState(id, record.state());
        address holder = _requireOwned(CredentialId.unwrap(id));
        if (msg.sender != holder && !_PUBLISHERS.canControl(holder, msg.sender)) {
            revert LicenseCredentialNotRenouncer(holder, msg.sender);
        }
        _records[id] = _yielded(record);
        emit CredentialRenounced(id, msg.sender);
    }

    /// @inheritdoc ILicenseCredential
    function cancelOffer(ModelId model, TierId tier, address holder) external {
        (address publisher, , , ) = _LICENSES.offeredTier(model, tier);
        _requireAuthorized(publisher, msg.sender);
        CredentialId id = hashCredential(model, tier, holder);
        if (_records[id].state() != CredentialState.None) revert LicenseCredentialAlreadyIssued(id);
        _records[id] = packCredentialRecord(publisher, 0, 0, CredentialState.Revoked, 0);
        emit OfferCanceled(id, model, holder, tier, msg.sender);
    }

    /// @inheritdoc ILicenseCredential
    function isValid(CredentialId credential) external view returns (bool) {
        return isValidAt(credential, _now());
    }

    /// @inheritdoc ILicenseCredential
    function parentOf(CredentialId credential) external view returns (CredentialId) {
        return _records[credential].isSub() ? _parents[credential] : NO_PARENT;
    }

    /// @inheritdoc IERC5192
    function locked(uint256 tokenId) external view returns (bool) {
        _requireOwned(tokenId);
        return true;
    }

    /// @inheritdoc ERC721
    function supportsInterface(bytes4 interfaceId) public view override(ERC721, IERC165) returns (bool) {
        return interfaceId == type(IERC5192).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Always reverts: a credential cannot be approved.
    function approve(address, uint256) public pure override(ERC721, IERC721) {
        revert LicenseCredentialSoulbound();
    }

    /// @dev Always reverts: a credential cannot be approved.
    function setApprovalForAll(address, bool) public pure override(ERC721, IERC721) {
        revert LicenseCredentialSoulbound();
    }

    /// @inheritdoc ILicenseCredential
    function isValidAt(CredentialId credential, uint40 time) public view returns (bool) {
        CredentialRecord record = _records[credential];
        // Most credentials have neither a gap nor a parent: the record says all.
        if (record.flags() == 0) return record.validFrom() <= time && time < record.validUntil();
        return credentialOf(credential).isValidAt(time);
    }

    /// @inheritdoc ILicenseCredential
    function credentialOf(CredentialId id) public view returns (Credential memory credential) {
        CredentialRecord record = _records[id];
        credential = _stored(id, record);
        if (!record.isSub()) return credential;
        CredentialId parent = _parents[id];
        return credential.limitedTo(_stored(parent, _records[parent]));
    }

    /// @inheritdoc ILicenseCredential
    function hashCredential(ModelId model, TierId tier, address holder) public pure returns (CredentialId) {
        return credentialIdOf(model, tier, holder);
    }

    /// @dev Allows issuing, and rejects transfers and burns.
    function _update(address to, uint256 tokenId, address auth) internal override returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from != address(0)) revert LicenseCredentialSoulbound();
    }

    /// @dev Issues a credential, or with a `parent` a sub-credential.
    function _issue(
        address publisher,
        uint40 maxDuration,
        CredentialId parent,
        Grant memory granted
    ) private returns (CredentialId id) {
        if (granted.holder == address(0)) revert LicenseCredentialMissingHolder();
        _requireAgreement(granted.agreement, granted.lifts);
        id = hashCredential(granted.model, granted.tier, granted.holder);
        CredentialRecord former = _records[id];
        bool isSub = CredentialId.unwrap(parent) != 0;
        if (!_isFree(former, isSub)) revert LicenseCredentialAlreadyIssued(id);
        if (granted.validFrom < _now()) granted.validFrom = _now();
        _requireWindow(granted.validFrom, granted.validUntil, maxDuration);

        Credential memory credential;
        credential.publisher = publisher;
        credential.validFrom = granted.validFrom;
        credential.validUntil = granted.validUntil;
        credential.state = CredentialState.Active;
        credential.lifts = granted.lifts;
        if (isSub) _parents[id] = parent;
        _store(id, credential, isSub ? CredentialFlags.SUB : 0);
        if (former.state() == CredentialState.None) {
            _mint(granted.holder, CredentialId.unwrap(id));
            emit Locked(CredentialId.unwrap(id));
        }
        _emitIssued(id, publisher, parent, granted);
    }

    /// @dev Split off because its many values fill the stack.
    function _emitIssued(CredentialId id, address publisher, CredentialId parent, Grant memory granted) private {
        emit CredentialIssued(
            id,
            granted.model,
            granted.holder,
            granted.tier,
            publisher,
            granted.validFrom,
            granted.validUntil,
            parent,
            granted.payment,
            granted.agreement,
            granted.lifts
        );
    }

    /// @dev Stores a credential with its `flags`, of which those of the second word follow from the credential.
    function _store(CredentialId id, Credential memory credential, uint8 flags) private {
        flags &= CredentialFlags.SUB | CredentialFlags.ENDED_BY_OTHERS;
        if (credential.gapUntil != 0) flags |= CredentialFlags.GAP;
        if (credential.lifts != 0) flags |= CredentialFlags.LIFTS;
        CredentialRecord record = packCredentialRecord(
            credential.publisher,
            credential.validFrom,
            credential.validUntil,
            credential.state,
            flags
        );
        _records[id] = record;
        if (!record.hasDetails()) return;
        _details[id] = Details({gapFrom: credential.gapFrom, gapUntil: credential.gapUntil, lifts: credential.lifts});
    }

    /// @dev Returns the record of a credential. Reverts if it was not issued.
    function _existing(CredentialId id) private view returns (CredentialRecord record) {
        record = _records[id];
        if (record.state() == CredentialState.None) revert LicenseCredentialUnknown(id);
    }

    /// @dev Whether the caller may act for the publisher of a credential. Reverts if it may not, and may not act for the
    /// parent's holder either.
    function _byPublisher(CredentialId id, CredentialRecord record) private view returns (bool byPublisher) {
        byPublisher = _isAuthorized(record.publisher(), msg.sender);
        if (byPublisher) return true;
        if (!record.isSub() || !_isAuthorized(_requireOwned(CredentialId.unwrap(_parents[id])), msg.sender)) {
            revert LicenseCredentialUnauthorized(record.publisher(), msg.sender);
        }
    }

    /// @dev Requires that the caller may act for the holder of a credential, and that a sub-credential until `validUntil` may
    /// be issued or renewed under it.
    function _requireParent(CredentialId parent, address holder, uint40 validUntil) private view {
        CredentialRecord record = _existing(parent);
        _requireHolder(holder);
        if (record.isSub()) revert LicenseCredentialIsSubCredential(parent);
        if (!_stored(parent, record).isValidAt(_now())) revert LicenseCredentialInvalidParent(parent);
        if (validUntil > record.validUntil()) revert LicenseCredentialBeyondParent(validUntil, record.validUntil());
    }

    /// @dev Builds the credential of a record, with its gap and the lifted rights if it has any.
    function _stored(CredentialId id, CredentialRecord record) private view returns (Credential memory credential) {
        credential.publisher = record.publisher();
        credential.validFrom = record.validFrom();
        credential.validUntil = record.validUntil();
        credential.state = record.state();
        if (!record.hasDetails()) return credential;
        Details memory details = _details[id];
        credential.gapFrom = details.gapFrom;
        credential.gapUntil = details.gapUntil;
        credential.lifts = details.lifts;
    }

    function _requireHolder(address holder) private view {
        if (!_isAuthorized(holder, msg.sender)) revert LicenseCredentialNotHolder(holder, msg.sender);
    }

    function _requireAuthorized(address publisher, address account) private view {
        if (!_isAuthorized(publisher, account)) revert LicenseCredentialUnauthorized(publisher, account);
    }

    /// @dev Calls {IPublisherRegistry-hasScope} for the scope `grant`. A failed call means no.
    function _isAuthorized(address publisher, address account) private view returns (bool authorized) {
        address publishers = address(_PUBLISHERS);
        bytes32 selector = IPublisherRegistry.hasScope.selector;
        uint256 scope = Scopes.GRANT;
        // The input is written past the free memory pointer, which does not move. The answer goes to scratch space and
        // counts only if a whole word came back. The addresses are masked, because assembly does not define the upper
        // bits of a value shorter than 32 bytes. Saves about 200 gas per call over the compiler's code.
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, selector)
            mstore(add(input, 0x04), shr(96, shl(96, publisher)))
            mstore(add(input, 0x24), shr(96, shl(96, account)))
            mstore(add(input, 0x44), scope)
            let success := staticcall(gas(), publishers, input, 0x64, 0x00, 0x20)
            authorized := and(and(success, gt(returndatasize(), 0x1f)), eq(mload(0x00), 1))
        }
    }

    function _now() private view returns (uint40) {
        return uint40(block.timestamp);
    }

    /// @dev The record of a sub-credential after the caller has revoked it. The publisher may also revoke what another had.
    function _revokedSub(CredentialId id, CredentialRecord record) private view returns (CredentialRecord) {
        bool byPublisher = _byPublisher(id, record);
        bool takesOver = byPublisher && record.isEndedByOthers();
        if (record.state() == CredentialState.Revoked && !takesOver) {
            revert LicenseCredentialUnexpectedState(id, record.state());
        }
        return byPublisher ? record.endedBy(false).revokedAt(_now()) : _yielded(record);
    }

    /// @dev Revokes a credential by another account than the publisher. A suspension by the publisher stays its word: the
    /// sub-credential cannot be issued again then.
    function _yielded(CredentialRecord record) private view returns (CredentialRecord) {
        bool sanctioned = record.state() == CredentialState.Suspended && !record.isEndedByOthers();
        return record.endedBy(record.isSub() && !sanctioned).revokedAt(_now());
    }

    /// @dev Whether a credential can be issued where there is the record `former`.
    function _isFree(CredentialRecord former, bool isSub) private pure returns (bool) {
        CredentialState state = former.state();
        if (state == CredentialState.None) return true;
        if (isSub) return former.isEndedByOthers() && state == CredentialState.Revoked;
        return former.isSub() && (former.isEndedByOthers() || state == CredentialState.Active);
    }

    function _requireAgreement(bytes32 agreement, uint16 lifts) private pure {
        if ((agreement == 0) != (lifts == 0)) revert LicenseCredentialIncompleteAgreement(agreement, lifts);
        if (lifts & ~uint16(Rights.ALL) != 0) revert LicenseCredentialUndefinedRights(lifts);
    }

    function _requireWindow(uint40 start, uint40 validUntil, uint40 maxDuration) private pure {
        if (validUntil <= start) revert LicenseCredentialEmptyWindow(start, validUntil);
        if (maxDuration != 0 && validUntil - start > maxDuration) {
            revert LicenseCredentialTooLong(validUntil - start, maxDuration);
        }
    }

    function _requireShort(string calldata text) private pure {
        if (bytes(text).length > MAX_TEXT_BYTES) revert LicenseCredentialTextTooLong(bytes(text).length);
    }
}
