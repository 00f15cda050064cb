// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Ledger} from "../../../contracts/Ledger.sol";
import {ILicenseRegistry} from "../../../contracts/licensing/ILicenseRegistry.sol";
import {IModelRegistry} from "../../../contracts/registry/IModelRegistry.sol";
import {IPublisherRegistry} from "../../../contracts/registry/IPublisherRegistry.sol";
import {ModelId, TermsId, TierId} from "../../../contracts/types/Ids.sol";
import {Parent, Registration} from "../../../contracts/types/Registration.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Terms, TermsSet, Tier} from "../../../contracts/types/Terms.sol";
import {Deploy} from "../base/Deploy.sol";
import {Test} from "../base/Test.sol";
import {DefinedLog} from "../types/MerkleLog.t.sol";

/**
 * @dev Does with a ledger's publishers, batches, terms and tiers whatever four people may try, in any order, and writes down
 * what succeeded. Whether a call is allowed is worked out from that history: {disagreements} counts where the ledger does
 * otherwise. Never reverts.
 */
contract RegistryHandler is Test, DefinedLog {
    /// @dev What a controller said about an operator, one after the other.
    struct Word {
        uint256 tenure; // of which controller, by number
        uint16 scopes;
        uint40 until;
    }

    struct Batch {
        uint256 publisher;
        bytes32 root;
        uint256 first; // number of the first registration
        uint40 anchoredAt;
        uint40 revokedAt;
    }

    struct Placed {
        TierId tier;
        bool withdrawn;
        bool released;
    }

    uint256 public constant PUBLISHERS = 2;
    uint256 public constant PEOPLE = 4;
    uint256 public constant BATCH = 3;
    uint256 public constant NUMBERS = 20;
    address public constant VERIFIER = address(0x7e);
    address public constant GUARDIAN = address(0x9a2d);

    Ledger public immutable LEDGER = Ledger(
        Deploy.deploy("Ledger", abi.encode(address(this), Deploy.deploy("Recalls", abi.encode(address(this)))))
    );

    uint256 public disagreements;
    uint256 public successes;

    /// @dev Those who controlled a publisher, one after the other; the last one does.
    mapping(uint256 publisher => address[]) private _controllers;
    mapping(uint256 publisher => address) private _pending;
    mapping(uint256 publisher => mapping(uint256 person => Word[])) private _words;
    mapping(uint256 publisher => bytes32) private _profiles;
    mapping(uint256 publisher => uint40[2]) private _verified;
    mapping(uint256 publisher => mapping(uint256 number => uint40)) private _registeredAt;
    Batch[] private _batches;
    TermsId[] private _terms;
    mapping(uint256 set => bool) private _sets;
    ModelId private immutable MODEL;
    Placed[] private _tiers;
    uint256 private _offered;

    constructor() {
        for (uint256 i = 0; i < PUBLISHERS; ++i) _controllers[i].push(person(i));
        for (uint256 i = 0; i < 2; ++i) {
            Terms memory terms;
            terms.name = "terms";
            terms.rights = uint16(1 + i);
            _terms.push(LEDGER.publishTerms(terms));
        }
        VM.prank(person(0));
        MODEL = LEDGER.register(numbered(0, NUMBERS));
    }

    /// @dev As access manager.
    function canCall(address caller, address, bytes4 selector) external pure returns (bool, uint32) {
        return (caller == (selector == IPublisherRegistry.verifyPublisher.selector ? VERIFIER : GUARDIAN), 0);
    }

    // Actions.

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 1, 2 days));
    }

    function pause(bool ends, uint256 who) external {
        address caller = who % 4 == 0 ? person(who) : GUARDIAN;
        uint40 until = LEDGER.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        _attempt(caller, data, allowed && caller == GUARDIAN);
    }

    function setProfile(uint256 publisher, uint256 who, uint8 value, bool long) external {
        publisher %= PUBLISHERS;
        address caller = _callerFor(publisher, who);
        string memory domain = long ? string(new bytes(254)) : "acme.example";
        bytes32 profile = bytes32(uint256(value % 3));
        bytes memory data = abi.encodeCall(IPublisherRegistry.setProfile, (account(publisher), profile, domain));
        if (!_attempt(caller, data, caller == controllerOf(publisher) && !long)) return;
        _profiles[publisher] = profile;
        delete _verified[publisher];
    }

    function verify(uint256 publisher, uint256 who, uint8 value, uint40 from, uint40 until, bool withdraws) external {
        publisher %= PUBLISHERS;
        address caller = who % 4 == 0 ? person(who) : VERIFIER;
        bytes32 profile = value % 4 == 0 ? bytes32(uint256(value % 3)) : _profiles[publisher];
        (from, until) = (from % uint40(block.timestamp + 2 days), uint40(block.timestamp) + (until % 4 days) - 1 days);
        if (withdraws) (from, until) = (0, 0);
        bool allowed = caller == VERIFIER && profile == _profiles[publisher];
        allowed = allowed && (withdraws || (until > block.timestamp && from < until));
        bytes memory data = abi.encodeCall(
            IPublisherRegistry.verifyPublisher,
            (account(publisher), profile, from, until)
        );
        if (_attempt(caller, data, allowed)) _verified[publisher] = [from, until];
    }

    function setOperator(uint256 publisher, uint256 who, uint256 operator, uint16 scopes, uint32 duration) external {
        publisher %= PUBLISHERS;
        operator %= PEOPLE;
        address caller = _callerFor(publisher, who);
        scopes = scopes % 8 == 0 ? scopes : scopes & Scopes.ALL;
        uint40 until = duration % 8 == 0 ? 0 : uint40(block.timestamp - 1 days + (duration % 5 days));
        bool removes = scopes == 0 || until == 0;
        bool allowed = caller == controllerOf(publisher) && scopes & ~Scopes.ALL == 0;
        allowed = allowed && (until == 0 || until > block.timestamp);
        // In one tenure, a scope that was once left out never comes back.
        if (!removes) allowed = allowed && scopes & withdrawnOf(publisher, operator) == 0;
        bytes memory data = abi.encodeCall(
            IPublisherRegistry.setOperator,
            (account(publisher), person(operator), scopes, until)
        );
        if (!_attempt(caller, data, allowed)) return;
        if (removes) (scopes, until) = (0, 0);
        _words[publisher][operator].push(Word(_controllers[publisher].length, scopes, until));
    }

    function proposeController(uint256 publisher, uint256 who, uint256 to) external {
        publisher %= PUBLISHERS;
        address caller = _callerFor(publisher, who);
        address proposed = to % 5 == 0 ? address(0) : person(to);
        bytes memory data = abi.encodeCall(IPublisherRegistry.proposeController, (account(publisher), proposed));
        if (_attempt(caller, data, caller == controllerOf(publisher))) _pending[publisher] = proposed;
    }

    function acceptController(uint256 publisher, uint256 who) external {
        publisher %= PUBLISHERS;
        address caller = who % 2 == 0 || _pending[publisher] == address(0) ? person(who / 2) : _pending[publisher];
        bytes memory data = abi.encodeCall(IPublisherRegistry.acceptController, (account(publisher)));
        if (!_attempt(caller, data, caller == _pending[publisher])) return;
        _controllers[publisher].push(caller);
        delete _pending[publisher];
        delete _verified[publisher];
    }

    /// @dev Registers some numbers of a publisher at once; those that are registered are skipped.
    function registerMany(uint256 publisher, uint256 who, uint256 first, uint8 count) external {
        publisher %= PUBLISHERS;
        first %= NUMBERS - 4;
        count = uint8(count % 4);
        address caller = _callerFor(publisher, who);
        Registration[] memory registrations = new Registration[](count);
        for (uint256 i = 0; i < count; ++i) registrations[i] = numbered(publisher, first + i);
        bool allowed = !_isPaused() && (count == 0 || may(publisher, caller, Scopes.REGISTER));
        if (!_attempt(caller, abi.encodeCall(IModelRegistry.registerMany, (registrations)), allowed)) return;
        for (uint256 i = 0; i < count; ++i) _note(publisher, first + i, uint40(block.timestamp));
    }

    /// @dev Sends a registration that somebody signed: in time or late, for the publisher's epoch or another, changed or not.
    function registerBySignature(
        uint256 publisher,
        uint256 signer,
        uint256 number,
        uint8 epochs,
        uint32 time,
        uint8 change
    ) external {
        publisher %= PUBLISHERS;
        number %= NUMBERS;
        if (signer % 3 != 0) signer = _indexOf(controllerOf(publisher));
        uint32 epoch = uint32(_controllers[publisher].length - 1);
        uint32 stated =
            epochs % 4 == 0
                ? epoch + 1
                : epochs % 4 == 1 && epoch != 0
                    ? epoch - 1
                    : epoch;
        uint48 deadline = uint48(block.timestamp - 1 hours + (time % 12 hours));
        bool allowed = !_isPaused() && deadline >= block.timestamp && stated == epoch && change % 6 != 0;
        allowed = allowed && may(publisher, person(signer), Scopes.REGISTER) && !isRegistered(publisher, number);
        bytes memory data = _signed(publisher, signer, number, stated, deadline, change % 6 == 0);
        if (_attempt(address(0xbeef), data, allowed)) _note(publisher, number, uint40(block.timestamp));
    }

    function anchorBatch(uint256 publisher, uint256 who, uint256 first, bool empty) external {
        publisher %= PUBLISHERS;
        first %= NUMBERS - BATCH;
        address caller = _callerFor(publisher, who);
        bytes32 root = _root(_leaves(publisher, first), 0, BATCH);
        (, bool found) = _batch(publisher, root);
        bool allowed = !_isPaused() && may(publisher, caller, Scopes.ANCHOR) && !found && !empty;
        bytes memory data = abi.encodeCall(
            IModelRegistry.anchorBatch,
            (account(publisher), root, empty ? 0 : uint32(BATCH), "")
        );
        if (_attempt(caller, data, allowed)) _batches.push(Batch(publisher, root, first, uint40(block.timestamp), 0));
    }

    function materialize(uint256 index, uint256 place, uint256 stated) external {
        if (_batches.length == 0) return;
        Batch storage batch = _batches[index % _batches.length];
        place %= BATCH;
        stated = stated % 4 == 0 ? (stated / 4) % BATCH : place;
        uint256 number = batch.first + place;
        bytes32[] memory proof = _inclusion(_leaves(batch.publisher, batch.first), place, 0, BATCH);
        bool allowed = !_isPaused() && batch.revokedAt == 0 && stated == place;
        allowed = allowed && !isRegistered(batch.publisher, number);
        bytes memory data = abi.encodeCall(
            IModelRegistry.materialize,
            (numbered(batch.publisher, number), batch.root, uint32(stated), proof)
        );
        if (_attempt(address(0xbeef), data, allowed)) _note(batch.publisher, number, batch.anchoredAt);
    }

    function revokeBatch(uint256 index, uint256 who) external {
        if (_batches.length == 0) return;
        Batch storage batch = _batches[index % _batches.length];
        address caller = _callerFor(batch.publisher, who);
        bool allowed = caller == controllerOf(batch.publisher) && batch.revokedAt == 0;
        bytes memory data = abi.encodeCall(IModelRegistry.revokeBatch, (account(batch.publisher), batch.root));
        if (_attempt(caller, data, allowed)) batch.revokedAt = uint40(block.timestamp);
    }

    /// @dev Publishes a set of two terms by component, of nothing, or of a set.
    function publishTermsSet(uint8 weights, uint8 code, uint8 outputs, uint256 who) external {
        TermsSet memory set = TermsSet(_component(weights), _component(code), _component(outputs));
        uint256 key = uint256(keccak256(abi.encode(set)));
        bool nested = weights % 4 == 3 || code % 4 == 3 || outputs % 4 == 3;
        bool empty = (weights % 4) + (code % 4) + (outputs % 4) == 0;
        bool allowed = !_isPaused() && !empty && !nested && !_sets[key];
        if (_attempt(person(who), abi.encodeCall(ILicenseRegistry.publishTermsSet, (set)), allowed)) _sets[key] = true;
    }

    function offerTier(uint256 who, bool wide) external {
        address caller = _callerFor(0, who);
        Tier memory tier;
        (tier.model, tier.terms, tier.name) = (MODEL, _terms[0], "tier");
        tier.passThrough = wide ? 2 : 1;
        tier.maxDuration = uint40(_offered);
        bool allowed = !_isPaused() && may(0, caller, Scopes.GRANT) && !wide && countPlaces() < 16;
        bytes memory data = abi.encodeCall(ILicenseRegistry.offerTier, (tier));
        if (!_attempt(caller, data, allowed)) return;
        ++_offered;
        _tiers.push(Placed(_tierId(tier), false, false));
    }

    function withdrawTier(uint256 index, uint256 who) external {
        if (_tiers.length == 0) return;
        Placed storage placed = _tiers[index % _tiers.length];
        address caller = _callerFor(0, who);
        bool allowed = may(0, caller, Scopes.GRANT) && !placed.withdrawn;
        bytes memory data = abi.encodeCall(ILicenseRegistry.withdrawTier, (MODEL, placed.tier));
        if (_attempt(caller, data, allowed)) placed.withdrawn = true;
    }

    function releaseTier(uint256 index, uint256 who) external {
        if (_tiers.length == 0) return;
        Placed storage placed = _tiers[index % _tiers.length];
        address caller = _callerFor(0, who);
        bool allowed = caller == controllerOf(0) && placed.withdrawn && !placed.released;
        bytes memory data = abi.encodeCall(ILicenseRegistry.releaseTier, (MODEL, placed.tier));
        if (_attempt(caller, data, allowed)) placed.released = true;
    }

    // Facts.

    /// @dev The people have keys, because they sign.
    function person(uint256 index) public pure returns (address) {
        return VM.addr(0x1000 + (index % PEOPLE));
    }

    /// @dev The first people are the publishers.
    function account(uint256 publisher) public pure returns (address) {
        return person(publisher);
    }

    function controllerOf(uint256 publisher) public view returns (address) {
        return _controllers[publisher][_controllers[publisher].length - 1];
    }

    function tenureOf(uint256 publisher) external view returns (uint256) {
        return _controllers[publisher].length;
    }

    function pendingOf(uint256 publisher) external view returns (address) {
        return _pending[publisher];
    }

    function profileOf(uint256 publisher) external view returns (bytes32, uint40[2] memory) {
        return (_profiles[publisher], _verified[publisher]);
    }

    /// @dev What the present controller said last of a person, whether it has ended or not.
    function wordOf(uint256 publisher, uint256 operator) public view returns (uint16 scopes, uint40 until) {
        Word[] storage words = _words[publisher][operator];
        if (words.length == 0 || words[words.length - 1].tenure != _controllers[publisher].length) return (0, 0);
        return (words[words.length - 1].scopes, words[words.length - 1].until);
    }

    /// @dev The scopes that a person had, or might have had, in this tenure before a word that left them out.
    function withdrawnOf(uint256 publisher, uint256 operator) public view returns (uint16 withdrawn) {
        Word[] storage words = _words[publisher][operator];
        uint16 had = 0;
        for (uint256 i = 0; i < words.length; ++i) {
            if (words[i].tenure != _controllers[publisher].length) continue;
            if (words[i].scopes == 0) return Scopes.ALL;
            withdrawn |= had & ~words[i].scopes;
            had = words[i].scopes;
        }
    }

    function may(uint256 publisher, address who, uint16 scope) public view returns (bool) {
        if (who == controllerOf(publisher)) return true;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            (uint16 scopes, uint40 until) = wordOf(publisher, i);
            if (person(i) == who && scopes & scope != 0 && block.timestamp < until) return true;
        }
        return false;
    }

    function isRegistered(uint256 publisher, uint256 number) public view returns (bool) {
        return _registeredAt[publisher][number] != 0;
    }

    function registeredAt(uint256 publisher, uint256 number) external view returns (uint40) {
        return _registeredAt[publisher][number];
    }

    function numbered(uint256 publisher, uint256 number) public pure returns (Registration memory registration) {
        registration.publisher = account(publisher);
        registration.weights = bytes32(number + 1);
        registration.parents = new Parent[](0);
    }

    function countBatches() external view returns (uint256) {
        return _batches.length;
    }

    function batchAt(uint256 index) external view returns (Batch memory) {
        return _batches[index];
    }

    /// @dev The tiers that have a place, oldest first.
    function placesTaken() external view returns (TierId[] memory tiers) {
        tiers = new TierId[](countPlaces());
        uint256 count = 0;
        for (uint256 i = 0; i < _tiers.length; ++i) if (!_tiers[i].released) tiers[count++] = _tiers[i].tier;
    }

    function countPlaces() public view returns (uint256 count) {
        for (uint256 i = 0; i < _tiers.length; ++i) if (!_tiers[i].released) ++count;
    }

    function tieredModel() external view returns (ModelId) {
        return MODEL;
    }

    /// @dev Often the controller, else anybody.
    function _callerFor(uint256 publisher, uint256 who) private view returns (address) {
        return who % 3 == 0 ? person(who / 3) : controllerOf(publisher);
    }

    function _note(uint256 publisher, uint256 number, uint40 time) private {
        if (_registeredAt[publisher][number] == 0) _registeredAt[publisher][number] = time;
    }

    function _isPaused() private view returns (bool) {
        return block.timestamp < LEDGER.pausedUntil();
    }

    function _batch(uint256 publisher, bytes32 root) private view returns (uint256 index, bool found) {
        for (; index < _batches.length; ++index) {
            if (_batches[index].publisher == publisher && _batches[index].root == root) return (index, true);
        }
    }

    function _leaves(uint256 publisher, uint256 first) private view returns (bytes32[] memory leaves) {
        leaves = new bytes32[](BATCH);
        for (uint256 i = 0; i < BATCH; ++i) {
            bytes32 id = ModelId.unwrap(LEDGER.hashRegistration(numbered(publisher, first + i)));
            leaves[i] = sha256(bytes.concat(hex"00", id));
        }
    }

    /// @dev Nothing, one of two terms, or a set of them.
    function _component(uint8 pick) private view returns (TermsId) {
        pick %= 4;
        if (pick == 0) return TermsId.wrap(0);
        return pick == 3 ? _setOfBoth() : _terms[pick - 1];
    }

    /// @dev A set that may not be published yet: as a component it is refused in either case.
    function _setOfBoth() private view returns (TermsId) {
        return
            TermsId.wrap(
                keccak256(
                    abi.encode(
                        keccak256("TermsSet(bytes32 weights,bytes32 code,bytes32 outputs)"),
                        _terms[0],
                        _terms[1],
                        _terms[0]
                    )
                )
            );
    }

    /// @dev The id of a tier with one of the terms, as a wallet computes it from the type.
    function _tierId(Tier memory tier) private pure returns (TierId) {
        bytes32 typeHash = keccak256(
            "Tier(bytes32 model,bytes32 terms,uint32 passThrough,bool open,bool subCredentials,uint40 maxDuration,uint64 callQuota,uint64 tokenQuota,string name,string uri)"
        );
        return
            TierId.wrap(
                keccak256(
                    abi.encode(
                        typeHash,
                        tier.model,
                        tier.terms,
                        tier.passThrough,
                        tier.open,
                        tier.subCredentials,
                        tier.maxDuration,
                        tier.callQuota,
                        tier.tokenQuota,
                        keccak256(bytes(tier.name)),
                        keccak256(bytes(tier.uri))
                    )
                )
            );
    }

    function _indexOf(address who) private pure returns (uint256 index) {
        while (person(index) != who) ++index;
    }

    /// @dev The call with a registration that `signer` signed, or signed another one.
    function _signed(
        uint256 publisher,
        uint256 signer,
        uint256 number,
        uint32 epoch,
        uint48 deadline,
        bool other
    ) private view returns (bytes memory) {
        Registration memory registration = numbered(publisher, number);
        bytes32 signed = _registerHash(numbered(publisher, other ? number + 1 : number), epoch, deadline);
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(
            0x1000 + (signer % PEOPLE),
            keccak256(abi.encodePacked(hex"1901", _domain(), signed))
        );
        return
            abi.encodeCall(
                IModelRegistry.registerBySignature,
                (registration, person(signer), epoch, deadline, abi.encodePacked(r, s, v))
            );
    }

    /// @dev EIP-712, as a wallet computes it from the types.
    function _registerHash(
        Registration memory registration,
        uint32 epoch,
        uint48 deadline
    ) private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256(
                        "Register(Registration registration,uint32 epoch,uint48 deadline)Parent(bytes32 model,uint8 relation)Registration(address publisher,bytes32 weights,bytes32 tensors,bytes32 annex,bytes32 datasets,bytes32 method,bytes32 terms,Parent[] parents,string uri)"
                    ),
                    LEDGER.hashRegistration(registration),
                    epoch,
                    deadline
                )
            );
    }

    function _domain() private view returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                    keccak256("Stemma"),
                    keccak256("1"),
                    block.chainid,
                    address(LEDGER)
                )
            );
    }

    function _attempt(address caller, bytes memory data, bool allowed) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(LEDGER).call(data);
        if (success != allowed) ++disagreements;
        if (success) ++successes;
    }
}

contract RegistryInvariantTest is Test {
    RegistryHandler private _handler;
    Ledger private _ledger;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new RegistryHandler();
        _ledger = _handler.LEDGER();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](16);
        selectors[0] = RegistryHandler.pass.selector;
        selectors[1] = RegistryHandler.pause.selector;
        selectors[2] = RegistryHandler.setProfile.selector;
        selectors[3] = RegistryHandler.verify.selector;
        selectors[4] = RegistryHandler.setOperator.selector;
        selectors[5] = RegistryHandler.proposeController.selector;
        selectors[6] = RegistryHandler.acceptController.selector;
        selectors[7] = RegistryHandler.registerMany.selector;
        selectors[8] = RegistryHandler.registerBySignature.selector;
        selectors[9] = RegistryHandler.anchorBatch.selector;
        selectors[10] = RegistryHandler.materialize.selector;
        selectors[11] = RegistryHandler.revokeBatch.selector;
        selectors[12] = RegistryHandler.publishTermsSet.selector;
        selectors[13] = RegistryHandler.offerTier.selector;
        selectors[14] = RegistryHandler.withdrawTier.selector;
        selectors[15] = RegistryHandler.releaseTier.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    function invariant_theLedgerDoesWhatHistoryAllowsAndNothingElse() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
    }

    function invariant_aPublisherIsWhatItsControllersMadeOfIt() public view {
        for (uint256 i = 0; i < _handler.PUBLISHERS(); ++i) {
            IPublisherRegistry.Publisher memory kept = _ledger.publisherOf(_handler.account(i));
            (bytes32 profile, uint40[2] memory verified) = _handler.profileOf(i);
            assertEq(kept.controller, _handler.controllerOf(i), "controller");
            assertEq(kept.epoch, _handler.tenureOf(i) - 1, "epoch");
            assertEq(kept.pendingController, _handler.pendingOf(i), "pending");
            assertEq(kept.profile, profile, "profile");
            assertEq(kept.verifiedFrom, verified[0], "from");
            assertEq(kept.verifiedUntil, verified[1], "until");
            assertEq(kept.verifier, verified[1] == 0 ? address(0) : _handler.VERIFIER(), "verifier");
        }
    }

    function invariant_anOperatorHasWhatThePresentControllerGaveItLast() public view {
        for (uint256 i = 0; i < _handler.PUBLISHERS(); ++i) {
            for (uint256 j = 0; j < _handler.PEOPLE(); ++j) {
                (uint16 scopes, uint40 until) = _handler.wordOf(i, j);
                if (block.timestamp >= until) (scopes, until) = (0, 0);
                (uint16 kept, uint40 end, uint16 withdrawn) = _ledger.operatorOf(
                    _handler.account(i),
                    _handler.person(j)
                );
                assertEq(kept, scopes, "scopes");
                assertEq(end, until, "until");
                assertEq(withdrawn, _handler.withdrawnOf(i, j), "withdrawn");
            }
        }
    }

    function invariant_whatIsRegisteredCountsFromWhenItWasStated() public view {
        for (uint256 i = 0; i < _handler.PUBLISHERS(); ++i) {
            for (uint256 j = 0; j < _handler.NUMBERS(); ++j) {
                ModelId model = _ledger.hashRegistration(_handler.numbered(i, j));
                (bool found, bytes memory answer) = address(_ledger).staticcall(
                    abi.encodeCall(IModelRegistry.modelOf, (model))
                );
                assertEq(found, _handler.isRegistered(i, j), "registered");
                if (!found) continue;
                IModelRegistry.Model memory kept = abi.decode(answer, (IModelRegistry.Model));
                assertEq(kept.registeredAt, _handler.registeredAt(i, j), "time");
                assertEq(kept.publisher, _handler.account(i), "publisher");
            }
        }
    }

    function invariant_aBatchStaysAsItWasAnchoredAndRevoked() public view {
        for (uint256 i = 0; i < _handler.countBatches(); ++i) {
            RegistryHandler.Batch memory batch = _handler.batchAt(i);
            (uint40 anchoredAt, uint32 count, uint40 revokedAt) = _ledger.batchOf(
                _handler.account(batch.publisher),
                batch.root
            );
            assertEq(anchoredAt, batch.anchoredAt, "anchored");
            assertEq(count, _handler.BATCH(), "count");
            assertEq(revokedAt, batch.revokedAt, "revoked");
        }
    }

    function invariant_aTierKeepsItsPlaceUntilItIsReleased() public view {
        TierId[] memory expected = _handler.placesTaken();
        TierId[] memory actual = _ledger.tiersOf(_handler.tieredModel());
        assertEq(actual.length, expected.length, "places");
        assertTrue(actual.length <= 16, "more than 16");
        for (uint256 i = 0; i < actual.length; ++i) {
            assertEq(TierId.unwrap(actual[i]), TierId.unwrap(expected[i]), "tier");
        }
    }

    function afterInvariant() public view {
        assertTrue(_handler.successes() != 0, "nothing was done");
    }
}
