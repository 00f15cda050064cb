// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ComplianceLens} from "../../../contracts/compliance/ComplianceLens.sol";
import {ILineageClaims} from "../../../contracts/claims/ILineageClaims.sol";
import {IReviewGate, Review, ReviewState, Scan, ScanReport, ScanVerdict} from "../../../contracts/gate/IReviewGate.sol";
import {ReviewGate} from "../../../contracts/gate/ReviewGate.sol";
import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Ledger} from "../../../contracts/Ledger.sol";
import {LicenseCredential} from "../../../contracts/licensing/LicenseCredential.sol";
import {ModelId, TermsId} from "../../../contracts/types/Ids.sol";
import {Registration} from "../../../contracts/types/Registration.sol";
import {Rights, Terms} from "../../../contracts/types/Terms.sol";
import {Test} from "../base/Test.sol";
import {StubClaims} from "../mocks/StubClaims.sol";

/**
 * @dev Does with the gate whatever anybody may try, in any order, and remembers what must stay true of it. What is compared is worked out
 * here in the plainest way: {disagreements} counts where the gate does otherwise. Never reverts.
 */
contract ReviewGateHandler is Test {
    /// @dev The expected state of a subject.
    struct Known {
        uint40 requestedAt;
        uint256 requestedIn;
        uint40 readyAt;
        uint40 pausedBefore;
        uint48 readyBlock;
        uint8 quorum;
        uint32 cleared;
        bool decided; // cleared as an artefact
        bool quarantined;
        bool recalled;
        address certifier;
        uint40 until;
        uint32 certified;
    }

    address public constant AUTHORITY = address(0xa0);
    address public constant GUARDIAN = address(0x9a2d);
    uint40 public constant MARGIN = 1 hours;
    uint48 public constant MIN_BLOCKS = 10;
    uint256 public constant MODELS = 4;
    uint256 public constant WEIGHTS = 3;
    uint256 public constant SUBJECTS = MODELS + WEIGHTS;
    uint256 public constant PEOPLE = 4;

    Ledger public immutable LEDGER = new Ledger(address(this));
    StubClaims public immutable CLAIMS = new StubClaims();
    ReviewGate public immutable GATE;

    uint256 public disagreements;
    uint256 public successes;

    Registration[] private _registrations;
    bytes32[] private _models;
    mapping(bytes32 subject => Known) private _known;
    mapping(bytes32 weights => mapping(uint256 person => Scan)) private _scans;
    mapping(uint64 role => mapping(address account => bool)) private _roles;
    mapping(uint256 person => bytes32) private _organizations;
    uint40 private _pausedFrom;
    uint40 private _pausedBefore;

    constructor() {
        LicenseCredential credentials = new LicenseCredential(address(this), LEDGER, LEDGER);
        ILineageClaims claims = ILineageClaims(address(CLAIMS));
        ComplianceLens lens = new ComplianceLens(LEDGER, LEDGER, credentials, claims);
        GATE = new ReviewGate(address(this), LEDGER, lens, claims, MARGIN, MIN_BLOCKS);
        Terms memory terms;
        terms.name = "terms";
        terms.rights = uint16(Rights.RESEARCH | Rights.EDUCATION | Rights.PERSONAL);
        TermsId termsId = LEDGER.publishTerms(terms);
        for (uint256 i = 0; i < MODELS; ++i) {
            Registration memory registration;
            registration.publisher = address(this);
            registration.weights = weights(i); // the last model has the weights of the first
            registration.uri = i < WEIGHTS ? "" : "again";
            registration.terms = termsId;
            _registrations.push(registration);
            _models.push(ModelId.unwrap(LEDGER.register(registration)));
        }
        for (uint256 i = 0; i < PEOPLE; ++i) {
            _roles[4][person(i)] = i != 3;
            _roles[3][person(i)] = i == 0;
        }
    }

    // As access manager.

    function canCall(address caller, address, bytes4 selector) external view returns (bool, uint32) {
        if (selector == IWritePause.pauseWrites.selector || selector == IWritePause.resumeWrites.selector) {
            return (caller == GUARDIAN, 0);
        }
        if (selector == IReviewGate.certify.selector || selector == IReviewGate.certifyArtefact.selector) {
            return (_roles[3][caller], 0);
        }
        return (caller == AUTHORITY, 0);
    }

    function hasRole(uint64 role, address account) public view returns (bool, uint32) {
        return (role == 2 ? account == AUTHORITY : _roles[role][account], 0);
    }

    // Actions.

    function pass(uint32 time, uint8 blocks) external {
        VM.warp(block.timestamp + bound(time, 1, 12 hours));
        VM.roll(block.number + bound(blocks, 1, 12));
    }

    function accredit(uint256 who, bool certifies) external {
        address account = person(who);
        uint64 role = certifies ? 3 : 4;
        _roles[role][account] = !_roles[role][account];
    }

    function setOrganization(uint256 who, uint8 organization) external {
        bytes32 value = bytes32(uint256(organization % 3));
        if (_attempt(AUTHORITY, abi.encodeCall(IReviewGate.setOrganization, (person(who), value)), true)) {
            _organizations[who % PEOPLE] = value;
        }
    }

    function setRules(uint40 period, uint8 quorum) external {
        bool possible = period >= 24 hours && period <= 365 days;
        period = possible ? period : uint40(bound(period, 24 hours, 3 days));
        _attempt(AUTHORITY, abi.encodeCall(IReviewGate.setReviewPeriod, (period)), true);
        quorum = quorum % 4;
        _attempt(AUTHORITY, abi.encodeCall(IReviewGate.setQuorum, (quorum)), quorum != 0);
    }

    function setAccepted(uint256 index, bool accepted) external {
        CLAIMS.setAccepted(subject(index), accepted ? 1 : 0);
    }

    function pause(bool ends, uint256 who) external {
        address caller = who % 4 == 0 ? person(who) : GUARDIAN;
        uint40 until = GATE.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        uint40 before = pausedSeconds();
        if (!_attempt(caller, data, allowed && caller == GUARDIAN) || ends) return;
        (_pausedBefore, _pausedFrom) = (before, uint40(block.timestamp));
    }

    function request(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        bytes32 about = subject(index);
        Known storage known = _known[about];
        bool allowed = !paused() && known.requestedAt == 0 && !known.recalled && !known.quarantined;
        bytes memory data =
            index < MODELS
                ? abi.encodeCall(IReviewGate.requestReview, (_registrations[index], ""))
                : abi.encodeCall(IReviewGate.requestArtefactReview, (about, ""));
        uint8 quorum = GATE.quorum();
        uint40 period = GATE.reviewPeriod();
        if (!_attempt(person(who), data, allowed)) return;
        known.requestedAt = uint40(block.timestamp);
        known.requestedIn = block.number;
        known.readyAt = uint40(block.timestamp) + period + MARGIN;
        known.pausedBefore = pausedSeconds();
        known.readyBlock = uint48(block.number) + MIN_BLOCKS;
        known.quorum = quorum;
    }

    function attest(uint256 who, uint256 index, uint16 age, bool fails, bool ahead) external {
        bytes32 about = weights(index);
        Scan storage last = _scans[about][who % PEOPLE];
        uint40 scannedAt = ahead ? uint40(block.timestamp) + 1 + age : uint40(block.timestamp) - age;
        ScanVerdict verdict = fails ? ScanVerdict.Failed : ScanVerdict.Passed;
        ScanReport memory report = ScanReport(about, "rules", "report", scannedAt, verdict, "");
        bool allowed = (fails || !paused()) && _roles[4][person(who)] && !ahead && scannedAt > last.scannedAt;
        if (!_attempt(person(who), abi.encodeCall(IReviewGate.attestScan, (report)), allowed)) return;
        _scans[about][who % PEOPLE] = Scan(person(who), scannedAt, verdict);
    }

    function clear(uint256 who, uint256 index, uint8 mask) external {
        index %= SUBJECTS;
        bytes32 about = subject(index);
        Known storage known = _known[about];
        uint32 uses = index < MODELS ? mask % 16 : 0;
        bool more = index < MODELS ? uses & ~known.cleared != 0 : !known.decided;
        (uint256 passed, uint256 failed) = countScans(index);
        bool allowed = !paused() && isDue(known) && more && !known.quarantined && !known.recalled;
        allowed = allowed && passed >= quorumOf(known) && failed == 0 && !isDisputed(index) && !areWeightsShut(index);
        allowed = allowed && (index >= MODELS || isLicensed(index, uses));
        if (!_attempt(person(who), abi.encodeCall(IReviewGate.clear, (about, uses)), allowed)) return;
        known.cleared |= uses;
        known.decided = true;
    }

    function quarantine(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        (, uint256 failed) = countScans(index);
        bool allowed =
            isDue(known) && failed >= quorumOf(known) && !known.decided && !known.quarantined && !known.recalled;
        if (_attempt(person(who), abi.encodeCall(IReviewGate.quarantine, (subject(index))), allowed)) {
            known.quarantined = true;
            Known storage artefact = _known[weightsOf(index)];
            if (!artefact.recalled) artefact.quarantined = true;
        }
    }

    function freezeAgain(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        (, uint256 failed) = countScans(index);
        bool allowed = known.decided && failed >= quorumOf(known) && !known.quarantined && !known.recalled;
        if (!_attempt(person(who), abi.encodeCall(IReviewGate.freezeAgain, (subject(index))), allowed)) return;
        (known.decided, known.cleared) = (false, 0);
    }

    function certify(uint256 who, uint256 index, uint8 mask, uint32 length) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        uint40 until = uint40(block.timestamp) + length;
        uint32 uses = index < MODELS ? mask : 0;
        bool allowed = !paused() && _roles[3][person(who)] && !known.quarantined && !known.recalled && length != 0;
        allowed = allowed && !areWeightsShut(index);
        bytes memory data =
            index < MODELS
                ? abi.encodeCall(IReviewGate.certify, (_registrations[index], uses, until))
                : abi.encodeCall(IReviewGate.certifyArtefact, (subject(index), until));
        if (!_attempt(person(who), data, allowed && (index >= MODELS || uses != 0))) return;
        (known.certifier, known.until, known.certified) = (person(who), until, uses);
    }

    function withdrawCertification(uint256 who, uint256 index) external {
        address caller = who % 5 == 0 ? AUTHORITY : person(who);
        Known storage known = _known[subject(index)];
        bool allowed = known.certifier != address(0) && (caller == known.certifier || caller == AUTHORITY);
        if (_attempt(caller, abi.encodeCall(IReviewGate.withdrawCertification, (subject(index), "")), allowed)) {
            (known.certifier, known.until, known.certified) = (address(0), 0, 0);
        }
    }

    function recall(uint256 who, uint256 index) external {
        // Rarely by an account that may, so that something is left to do.
        address caller = who % 8 == 0 ? AUTHORITY : person(who);
        Known storage known = _known[subject(index)];
        bool allowed = caller == AUTHORITY && !known.recalled;
        if (_attempt(caller, abi.encodeCall(IReviewGate.recallSubject, (subject(index), "")), allowed)) {
            known.recalled = true;
        }
    }

    /// @dev The publisher recalls a model on the ledger, so that its license grants nothing.
    function recallOnLedger(uint256 index) external {
        if (index % 16 != 0 || isRecalledOnLedger(MODELS - 1)) return;
        LEDGER.recall(ModelId.wrap(_models[MODELS - 1]), "");
    }

    // Facts.

    function person(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + (index % PEOPLE)));
    }

    function weights(uint256 index) public pure returns (bytes32) {
        return bytes32(0x77 + (index % WEIGHTS));
    }

    /// @dev The models first, and then their weights as artefacts.
    function subject(uint256 index) public view returns (bytes32) {
        index %= SUBJECTS;
        return index < MODELS ? _models[index] : weights(index - MODELS);
    }

    function knownOf(uint256 index) external view returns (Known memory) {
        return _known[subject(index)];
    }

    function paused() public view returns (bool) {
        return block.timestamp < GATE.pausedUntil();
    }

    /// @dev The seconds of all pauses so far, summed from what {pause} saw.
    function pausedSeconds() public view returns (uint40 total) {
        total = _pausedBefore;
        if (_pausedFrom == 0) return total;
        uint40 until = GATE.pausedUntil();
        return total + (block.timestamp < until ? uint40(block.timestamp) : until) - _pausedFrom;
    }

    function quorumOf(Known memory known) public view returns (uint256) {
        return known.quorum > GATE.quorum() ? known.quorum : GATE.quorum();
    }

    function isFailing(uint256 index) public view returns (bool) {
        (, uint256 failed) = countScans(index);
        return failed >= quorumOf(_known[subject(index)]);
    }

    function areWeightsShut(uint256 index) public view returns (bool) {
        Known memory artefact = _known[weightsOf(index)];
        return artefact.quarantined || artefact.recalled;
    }

    function isRecalledOnLedger(uint256 index) public view returns (bool) {
        return uint256(LEDGER.modelOf(ModelId.wrap(_models[index])).status) == 3;
    }

    function isLicensed(uint256 index, uint32 uses) public view returns (bool) {
        return uses != 0 && uses & ~uint32(7) == 0 && !isRecalledOnLedger(index);
    }

    function isCertified(Known memory known) public view returns (bool) {
        return block.timestamp < known.until && _roles[3][known.certifier];
    }

    function scanOf(uint256 index, uint256 who) external view returns (Scan memory) {
        return _scans[weights(index)][who];
    }

    function isDisputed(uint256 index) public view returns (bool) {
        return CLAIMS.acceptedClaimsOf(subject(index)) + CLAIMS.acceptedClaimsOf(weightsOf(index)) != 0;
    }

    function weightsOf(uint256 index) public pure returns (bytes32) {
        return weights(index < MODELS ? index : index - MODELS);
    }

    /// @dev Counts the organizations that passed and failed the weights of a subject, by comparing all pairs.
    function countScans(uint256 index) public view returns (uint256 passed, uint256 failed) {
        for (uint256 i = 0; i < PEOPLE; ++i) {
            bool passes;
            bool fails;
            bool first = true;
            for (uint256 j = 0; j < PEOPLE; ++j) {
                if (_organizationOf(i) != _organizationOf(j)) continue;
                if (j < i) first = false;
                Scan memory scan = _scans[weightsOf(index)][j];
                bool counts = _roles[4][person(j)];
                bool recent = scan.scannedAt >= _known[subject(index)].requestedAt;
                if (counts && recent && scan.verdict == ScanVerdict.Passed) passes = true;
                if (counts && scan.verdict == ScanVerdict.Failed) fails = true;
            }
            if (first && passes) ++passed;
            if (first && fails) ++failed;
        }
    }

    function isDue(Known memory known) public view returns (bool) {
        uint256 readyAt = uint256(known.readyAt) + pausedSeconds() - known.pausedBefore;
        return known.requestedAt != 0 && block.timestamp >= readyAt && block.number >= known.readyBlock;
    }

    function _organizationOf(uint256 index) private view returns (bytes32) {
        bytes32 organization = _organizations[index];
        return organization == 0 ? bytes32(uint256(uint160(person(index)))) : organization;
    }

    function _attempt(address caller, bytes memory data, bool allowed) private returns (bool success) {
        VM.prank(caller);
        (success, ) = address(GATE).call(data);
        if (success != allowed) ++disagreements;
        if (success) ++successes;
    }
}

contract ReviewGateInvariantTest is Test {
    ReviewGateHandler private _handler;
    ReviewGate private _gate;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new ReviewGateHandler();
        _gate = _handler.GATE();
    }

    /// @dev The actions of the handler, without its views. Passing time and scans are more frequent.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](15);
        selectors[0] = ReviewGateHandler.pass.selector;
        selectors[1] = ReviewGateHandler.accredit.selector;
        selectors[2] = ReviewGateHandler.setOrganization.selector;
        selectors[3] = ReviewGateHandler.setRules.selector;
        selectors[4] = ReviewGateHandler.setAccepted.selector;
        selectors[5] = ReviewGateHandler.pause.selector;
        selectors[6] = ReviewGateHandler.request.selector;
        selectors[7] = ReviewGateHandler.attest.selector;
        selectors[8] = ReviewGateHandler.clear.selector;
        selectors[9] = ReviewGateHandler.quarantine.selector;
        selectors[10] = ReviewGateHandler.certify.selector;
        selectors[11] = ReviewGateHandler.withdrawCertification.selector;
        selectors[12] = ReviewGateHandler.recall.selector;
        selectors[13] = ReviewGateHandler.recallOnLedger.selector;
        selectors[14] = ReviewGateHandler.freezeAgain.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Every call succeeds exactly when the rules allow it, for every caller.
    function invariant_theGateDoesWhatTheRulesAllowAndNothingElse() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
    }

    function invariant_nothingLoadsWithinADayUnlessCertified() public view {
        for (uint256 i = 0; i < _handler.SUBJECTS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            if (_handler.isCertified(known)) continue;
            bool early = block.timestamp < uint256(known.requestedAt) + 24 hours + _handler.MARGIN();
            early = early || block.number < known.requestedIn + _handler.MIN_BLOCKS();
            if (known.requestedAt != 0 && !early) continue;
            if (i < _handler.MODELS()) {
                assertEq(_gate.isLoadable(ModelId.wrap(_handler.subject(i)), Rights.RESEARCH), false, "model");
            } else {
                assertEq(_gate.isScanned(_handler.subject(i)), false, "artefact");
            }
        }
    }

    function invariant_aReviewNeverDisappearsAndOnlyAPauseMovesItsClock() public view {
        for (uint256 i = 0; i < _handler.SUBJECTS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            Review memory review = _gate.reviewOf(_handler.subject(i));
            assertEq(review.requestedAt, known.requestedAt, "request");
            uint256 added = known.requestedAt == 0 ? 0 : _handler.pausedSeconds() - known.pausedBefore;
            assertEq(review.readyAt, known.readyAt + added, "readyAt");
            assertEq(review.pausedBefore, known.pausedBefore, "pausedBefore");
            assertEq(review.readyBlock, known.readyBlock, "readyBlock");
            assertEq(review.quorum, known.quorum, "quorum");
            assertEq(review.uses, known.cleared, "uses");
            if (known.requestedAt != 0) assertTrue(review.state != ReviewState.None, "state");
        }
    }

    function invariant_whatIsRecalledOrQuarantinedStaysShut() public view {
        for (uint256 i = 0; i < _handler.SUBJECTS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            ReviewState state = _gate.reviewOf(_handler.subject(i)).state;
            assertEq(state == ReviewState.Recalled, known.recalled, "recalled");
            if (!known.recalled) assertEq(state == ReviewState.Quarantined, known.quarantined, "quarantined");
        }
    }

    /// @dev Each subject is open exactly if its review, its weights, its certification and its license allow it.
    function invariant_theGateIsOpenForWhatItShouldBe() public view {
        for (uint256 i = 0; i < _handler.SUBJECTS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            bool shut = known.recalled || known.quarantined;
            bool certified = _handler.isCertified(known);
            bool failing = _handler.isFailing(i);
            assertEq(_gate.isCertified(_handler.subject(i)), certified, "certified");
            if (i >= _handler.MODELS()) {
                assertEq(
                    _gate.isScanned(_handler.subject(i)),
                    !shut && !failing && (known.decided || certified),
                    "digest"
                );
                continue;
            }
            ReviewGateHandler.Known memory artefact = _handler.knownOf(_handler.MODELS() + (i % _handler.WEIGHTS()));
            shut = shut || artefact.recalled || artefact.quarantined;
            uint32 open = known.cleared | (certified ? known.certified : 0);
            for (uint32 uses = 0; uses < 16; ++uses) {
                bool expected = !shut && !failing && uses & ~open == 0 && _handler.isLicensed(i, uses);
                assertEq(_gate.isLoadable(ModelId.wrap(_handler.subject(i)), uses), expected, "model");
            }
        }
    }

    /// @dev The gate keeps each scanner's latest result, and never one of the future.
    function invariant_aScannersLastWordCounts() public view {
        for (uint256 i = 0; i < _handler.WEIGHTS(); ++i) {
            Scan[] memory scans = _gate.scansOf(_handler.weights(i));
            assertTrue(scans.length <= _handler.PEOPLE(), "one for each");
            for (uint256 j = 0; j < scans.length; ++j) {
                Scan memory last = _handler.scanOf(i, uint160(scans[j].scanner) - 0x1000);
                assertEq(scans[j].scannedAt, last.scannedAt, "time");
                assertEq(uint256(scans[j].verdict), uint256(last.verdict), "verdict");
                assertTrue(scans[j].scannedAt <= block.timestamp, "future");
            }
        }
    }

    function afterInvariant() public view {
        assertTrue(_handler.successes() != 0, "nothing was done");
    }
}
