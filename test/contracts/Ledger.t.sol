// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IAccessManaged} from "@openzeppelin/contracts/access/manager/IAccessManaged.sol";

import {Ledger} from "../../contracts/Ledger.sol";
import {Credential, Grant, ILicenseCredential} from "../../contracts/licensing/ILicenseCredential.sol";
import {LicenseCredential} from "../../contracts/licensing/LicenseCredential.sol";
import {IModelRegistry} from "../../contracts/registry/IModelRegistry.sol";
import {IPublisherRegistry} from "../../contracts/registry/IPublisherRegistry.sol";
import {IRecalls, RecallKind} from "../../contracts/registry/IRecalls.sol";
import {Recalls} from "../../contracts/registry/Recalls.sol";
import {CredentialId, ModelId, TermsId, TierId} from "../../contracts/types/Ids.sol";
import {ModelStatus} from "../../contracts/types/ModelRecord.sol";
import {Parent, Registration} from "../../contracts/types/Registration.sol";
import {Terms, Threshold, Tier} from "../../contracts/types/Terms.sol";
import {Deploy} from "./base/Deploy.sol";
import {Test} from "./base/Test.sol";

/// @dev Performs what accounts may do on a ledger, in any order, and records what must hold from then on. Never
/// reverts.
contract LedgerHandler is Test {
    struct Registered {
        ModelId model;
        address publisher;
        bytes32 statement; // hash of publisher, time, terms and parents
        ModelStatus status;
        bool marked;
        bytes registration;
    }

    struct Offered {
        ModelId model;
        TierId tier;
    }

    struct Issued {
        CredentialId id;
        ModelId model;
        TierId tier;
        address holder;
        uint40 validFrom;
        uint40 validUntil;
        uint40 suspendedAt; // zero when it is not suspended
        uint40 revokedAt; // zero when it is not revoked
    }

    address private constant AUTHORITY = address(0xa117);
    address private constant GUARDIAN = address(0x9a2d);
    uint256 private constant ACCOUNTS = 3;

    Recalls public immutable RECALLS = Recalls(Deploy.deploy("Recalls", abi.encode(address(this))));
    Ledger public immutable LEDGER = Ledger(Deploy.deploy("Ledger", abi.encode(address(this), RECALLS)));
    LicenseCredential public immutable CREDENTIALS = LicenseCredential(
        Deploy.deploy("LicenseCredential", abi.encode(address(this), LEDGER, LEDGER))
    );

    uint256 public trespasses;
    /// @dev Trespasses that were not refused with the error that says why.
    uint256 public wrongRefusals;

    Registered[] private _models;
    TermsId[] private _termsIds;
    Offered[] private _tiers;
    Issued[] private _issued;
    /// @dev How often a digest was recalled or undone: it is recalled after an odd number.
    mapping(RecallKind kind => mapping(bytes32 digest => uint256)) private _acts;

    /// @dev The access manager: a guardian undoes recalls, and another account has every other role.
    function canCall(address caller, address, bytes4 selector) external pure returns (bool, uint32) {
        return (caller == (selector == IRecalls.undoRecall.selector ? GUARDIAN : AUTHORITY), 0);
    }

    function countModels() external view returns (uint256) {
        return _models.length;
    }

    function modelAt(uint256 index) external view returns (Registered memory) {
        return _models[index];
    }

    function countCredentials() external view returns (uint256) {
        return _issued.length;
    }

    function credentialAt(uint256 index) external view returns (Issued memory) {
        return _issued[index];
    }

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 0, 1000));
    }

    function publishTerms(uint32 rights) external {
        Terms memory terms;
        terms.name = "terms";
        terms.text = bytes32(_termsIds.length + 1);
        terms.rights = uint16(rights & 2047);
        terms.thresholds = new Threshold[](0);
        _termsIds.push(LEDGER.publishTerms(terms));
    }

    function register(uint256 account, uint256[3] calldata picks, uint8 relation, uint256 terms) external {
        Registration memory registration;
        registration.publisher = _account(account);
        registration.weights = bytes32(1 + (_models.length % 4));
        registration.tensors = bytes32(account % 4);
        registration.uri = string(abi.encode(_models.length));
        if (_termsIds.length != 0 && terms % 4 != 0) registration.terms = _termsIds[terms % _termsIds.length];
        Parent[] memory parents = new Parent[](3);
        Parent[] memory recorded = new Parent[](3); // without the part, which stands in the id and in the event
        uint256 count = 0;
        for (uint256 i = 0; i < 3 && _models.length != 0; ++i) {
            Registered storage pick = _models[picks[i] % _models.length];
            bool taken = pick.marked || pick.status == ModelStatus.Recalled;
            for (uint256 j = 0; j < count; ++j) taken = taken || parents[j].model == pick.model;
            if (taken) continue;
            recorded[count] = Parent(pick.model, uint8(1 + ((relation + i) % 10)));
            parents[count] = Parent(pick.model, recorded[count].relation | uint8((relation % 7) << 4));
            ++count;
        }
        assembly {
            mstore(parents, count)
            mstore(recorded, count)
        }
        registration.parents = parents;
        VM.prank(registration.publisher);
        ModelId model = LEDGER.register(registration);
        bytes32 statement = keccak256(
            abi.encode(registration.publisher, block.timestamp, registration.terms, recorded)
        );
        _models.push(
            Registered(model, registration.publisher, statement, ModelStatus.Active, false, abi.encode(registration))
        );
    }

    function advance(uint256 model, uint256 successor, uint8 step) external {
        if (_models.length == 0) return;
        Registered storage moved = _models[model % _models.length];
        ModelStatus next = ModelStatus(1 + (step % 3));
        if (next <= moved.status) return;
        ModelId to = _models[successor % _models.length].model;
        if (next == ModelStatus.Superseded && to == moved.model) return;
        VM.prank(moved.publisher);
        if (next == ModelStatus.Superseded) LEDGER.supersede(moved.model, to);
        else if (next == ModelStatus.Retired) LEDGER.retire(moved.model, "");
        else LEDGER.recall(moved.model, "");
        moved.status = next;
    }

    /// @dev The authority recalls the model, its weights or its tensors; or a guardian undoes that.
    function recallOrUndo(uint256 model, uint8 kindIndex, bool undo) external {
        if (_models.length == 0) return;
        (RecallKind kind, bytes32 digest) = _digestOf(_models[model % _models.length], kindIndex);
        uint256 acts = _acts[kind][digest];
        if (digest == 0 || undo != (acts == 1) || acts == 3) return;
        if (undo && block.timestamp > RECALLS.recallOf(kind, digest).undoUntil) return;
        VM.prank(undo ? GUARDIAN : AUTHORITY);
        if (undo) RECALLS.undoRecall(kind, digest, "");
        else RECALLS.recall(kind, digest, "");
        _acts[kind][digest] = acts + 1;
    }

    function sync(uint256 model) external {
        if (_models.length == 0) return;
        Registered storage synced = _models[model % _models.length];
        LEDGER.syncRecall(abi.decode(synced.registration, (Registration)));
        bool marked = false;
        for (uint8 i = 0; i < 3; ++i) {
            (RecallKind kind, bytes32 digest) = _digestOf(synced, i);
            marked = marked || _acts[kind][digest] % 2 == 1;
        }
        synced.marked = marked;
    }

    function offer(uint256 model, bool open, uint16 maxDuration) external {
        if (_models.length == 0 || _termsIds.length == 0) return;
        Registered storage offered = _models[model % _models.length];
        if (LEDGER.tiersOf(offered.model).length == 16) return;
        Tier memory tier;
        tier.model = offered.model;
        tier.terms = _termsIds[model % _termsIds.length];
        tier.open = open;
        tier.maxDuration = maxDuration;
        tier.name = "tier";
        tier.uri = string(abi.encodePacked(bytes32(_tiers.length)));
        VM.prank(offered.publisher);
        _tiers.push(Offered(offered.model, LEDGER.offerTier(tier)));
    }

    function issue(uint256 tier, uint256 account, uint16 delay, uint16 length) external {
        if (_tiers.length == 0) return;
        Offered storage offered = _tiers[tier % _tiers.length];
        (address publisher, bool open, , uint40 maxDuration) = LEDGER.offeredTier(offered.model, offered.tier);
        address holder = _account(account);
        CredentialId id = CREDENTIALS.hashCredential(offered.model, offered.tier, holder);
        uint40 time = uint40(block.timestamp);
        if (CREDENTIALS.credentialOf(id).validUntil != 0) return;
        if (open && length % 2 == 0) {
            VM.prank(holder);
            CREDENTIALS.obtain(offered.model, offered.tier);
            uint40 end = maxDuration == 0 ? type(uint40).max : time + maxDuration;
            _issued.push(Issued(id, offered.model, offered.tier, holder, time, end, 0, 0));
            return;
        }
        uint40 start = time + (delay % 500);
        uint40 until = start + uint40(bound(length, 1, maxDuration == 0 ? 2000 : maxDuration));
        VM.prank(publisher);
        CREDENTIALS.grant(Grant(offered.model, offered.tier, holder, start, until, 0, 0, 0));
        _issued.push(Issued(id, offered.model, offered.tier, holder, start, until, 0, 0));
    }

    function renew(uint256 credential, uint16 length) external {
        if (_issued.length == 0) return;
        Issued storage issued = _issued[credential % _issued.length];
        (address publisher, , , uint40 maxDuration) = LEDGER.offeredTier(issued.model, issued.tier);
        uint40 start = issued.validFrom > block.timestamp ? issued.validFrom : uint40(block.timestamp);
        uint40 until = start + uint40(bound(length, 1, maxDuration == 0 ? 2000 : maxDuration));
        if (issued.revokedAt != 0 || until <= issued.validUntil) return;
        VM.prank(publisher);
        CREDENTIALS.renew(issued.model, issued.tier, issued.holder, until);
        issued.validUntil = until;
    }

    function suspendOrReinstate(uint256 credential) external {
        if (_issued.length == 0) return;
        Issued storage issued = _issued[credential % _issued.length];
        if (issued.revokedAt != 0) return;
        VM.prank(CREDENTIALS.credentialOf(issued.id).publisher);
        if (issued.suspendedAt == 0) CREDENTIALS.suspend(issued.id, "");
        else CREDENTIALS.reinstate(issued.id);
        issued.suspendedAt = issued.suspendedAt == 0 ? uint40(block.timestamp) : 0;
    }

    function revoke(uint256 credential) external {
        if (_issued.length == 0) return;
        Issued storage issued = _issued[credential % _issued.length];
        if (issued.revokedAt != 0) return;
        VM.prank(CREDENTIALS.credentialOf(issued.id).publisher);
        CREDENTIALS.revoke(issued.id, "");
        issued.revokedAt = uint40(block.timestamp);
    }

    /// @dev An account tries what it may not do.
    function trespass(uint256 index, uint256 account, uint8 what) external {
        address caller = _account(account);
        bool success;
        bytes memory answer;
        bytes4 refusal;
        if (what % 2 == 0 && _models.length != 0) {
            Registered storage model = _models[index % _models.length];
            if (model.publisher == caller) return;
            (RecallKind kind, bytes32 digest) = _digestOf(model, what);
            (address target, bytes memory call) = what % 4 == 0
                ? (address(LEDGER), abi.encodeCall(IModelRegistry.recall, (model.model, "")))
                : (address(RECALLS), abi.encodeCall(IRecalls.recall, (kind, digest, "")));
            refusal =
                what % 4 == 0
                    ? IPublisherRegistry.PublisherRegistryNotController.selector
                    : IAccessManaged.AccessManagedUnauthorized.selector;
            // What is recalled already cannot be recalled, by any account.
            if (what % 4 == 0 && model.status == ModelStatus.Recalled) {
                refusal = IModelRegistry.ModelRegistryStatusOnlyAdvances.selector;
            }
            VM.prank(caller);
            (success, answer) = target.call(call);
        } else if (_issued.length != 0) {
            Issued storage issued = _issued[index % _issued.length];
            if (what % 8 == 1) {
                refusal = ILicenseCredential.LicenseCredentialSoulbound.selector;
                VM.prank(issued.holder);
                (success, answer) = address(CREDENTIALS).call(
                    abi.encodeCall(CREDENTIALS.transferFrom, (issued.holder, caller, CredentialId.unwrap(issued.id)))
                );
            } else {
                if (CREDENTIALS.credentialOf(issued.id).publisher == caller) return;
                bytes memory call =
                    what % 8 == 3
                        ? abi.encodeCall(ILicenseCredential.reinstate, (issued.id))
                        : what % 8 == 5
                            ? abi.encodeCall(ILicenseCredential.revoke, (issued.id, ""))
                            : abi.encodeCall(
                                ILicenseCredential.renew,
                                (issued.model, issued.tier, issued.holder, type(uint40).max)
                            );
                refusal = ILicenseCredential.LicenseCredentialUnauthorized.selector;
                VM.prank(caller);
                (success, answer) = address(CREDENTIALS).call(call);
            }
        } else {
            return;
        }
        ++trespasses;
        if (success || bytes4(answer) != refusal) ++wrongRefusals;
    }

    function _digestOf(
        Registered storage registered,
        uint8 kindIndex
    ) private view returns (RecallKind kind, bytes32 digest) {
        Registration memory registration = abi.decode(registered.registration, (Registration));
        kind = RecallKind(kindIndex % 3);
        if (kind == RecallKind.Model) digest = ModelId.unwrap(registered.model);
        else digest = kind == RecallKind.Weights ? registration.weights : registration.tensors;
    }

    function _account(uint256 index) private pure returns (address) {
        return address(uint160(0x1000 + (index % ACCOUNTS)));
    }
}

contract LedgerInvariantTest is Test {
    LedgerHandler private _handler;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new LedgerHandler();
        _handler.publishTerms(1);
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](12);
        selectors[0] = LedgerHandler.pass.selector;
        selectors[1] = LedgerHandler.publishTerms.selector;
        selectors[2] = LedgerHandler.register.selector;
        selectors[3] = LedgerHandler.advance.selector;
        selectors[4] = LedgerHandler.offer.selector;
        selectors[5] = LedgerHandler.issue.selector;
        selectors[6] = LedgerHandler.renew.selector;
        selectors[7] = LedgerHandler.suspendOrReinstate.selector;
        selectors[8] = LedgerHandler.revoke.selector;
        selectors[9] = LedgerHandler.trespass.selector;
        selectors[10] = LedgerHandler.recallOrUndo.selector;
        selectors[11] = LedgerHandler.sync.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_aRegistrationNeverChanges() public view {
        uint256 count = _handler.countModels();
        if (count != 0) _checkModel(uint256(keccak256(abi.encode(block.timestamp, count))) % count);
    }

    function invariant_aMarkIsWhatWasRecalledAtTheLastSync() public view {
        for (uint256 i = 0; i < _handler.countModels(); ++i) {
            LedgerHandler.Registered memory registered = _handler.modelAt(i);
            assertEq(_handler.LEDGER().modelOf(registered.model).marked, registered.marked, "mark");
        }
    }

    function invariant_aCredentialIsValidInItsWindowOnly() public view {
        uint256 count = _handler.countCredentials();
        if (count != 0) _checkCredential(uint256(keccak256(abi.encode(block.timestamp, count))) % count);
    }

    function invariant_nobodyDoesWhatIsForAnother() public view {
        assertEq(_handler.wrongRefusals(), 0, "trespasses that were not refused by name");
    }

    function afterInvariant() public view {
        for (uint256 i = 0; i < _handler.countModels(); ++i) _checkModel(i);
        for (uint256 i = 0; i < _handler.countCredentials(); ++i) _checkCredential(i);
    }

    function _checkModel(uint256 index) private view {
        LedgerHandler.Registered memory registered = _handler.modelAt(index);
        IModelRegistry.Model memory model = _handler.LEDGER().modelOf(registered.model);
        bytes32 statement = keccak256(
            abi.encode(model.publisher, uint256(model.registeredAt), model.terms, model.parents)
        );
        assertEq(statement, registered.statement, "registration");
        assertEq(uint256(model.status), uint256(registered.status), "status");
    }

    function _checkCredential(uint256 index) private view {
        LedgerHandler.Issued memory issued = _handler.credentialAt(index);
        LicenseCredential credentials = _handler.CREDENTIALS();
        uint256 time = block.timestamp;
        bool valid =
            time >= issued.validFrom && time < issued.validUntil && issued.suspendedAt == 0 && issued.revokedAt == 0;
        assertEq(credentials.isValid(issued.id), valid, "valid");
        assertEq(credentials.ownerOf(CredentialId.unwrap(issued.id)), issued.holder, "holder");
        assertEq(credentials.isValidAt(issued.id, issued.validFrom - 1), false, "valid before it began");
        assertEq(credentials.isValidAt(issued.id, issued.validUntil), false, "valid after its end");
        if (issued.revokedAt != 0) {
            assertEq(credentials.isValidAt(issued.id, issued.revokedAt), false, "valid from its revocation");
            assertEq(credentials.isValidAt(issued.id, type(uint40).max - 1), false, "valid ever after");
        }
        if (issued.suspendedAt != 0) {
            assertEq(credentials.isValidAt(issued.id, issued.suspendedAt), false, "valid from its suspension");
            assertEq(credentials.isValidAt(issued.id, type(uint40).max - 1), false, "valid while suspended");
        }
        Credential memory credential = credentials.credentialOf(issued.id);
        assertEq(credential.validFrom, issued.validFrom, "beginning");
    }
}
