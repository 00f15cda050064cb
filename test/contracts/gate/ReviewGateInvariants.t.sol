// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ComplianceLens} from "../../../contracts/compliance/ComplianceLens.sol";
import {ILineageClaims} from "../../../contracts/claims/ILineageClaims.sol";
import {Fact, Query} from "../../../contracts/compliance/IComplianceLens.sol";
import {Check} from "../../../contracts/gate/ILoadCheck.sol";
import {
    IReviewGate,
    Review,
    ReviewState,
    Scan,
    ScanReport,
    ScanScope,
    ScanVerdict
} from "../../../contracts/gate/IReviewGate.sol";
import {LoadCheck} from "../../../contracts/gate/LoadCheck.sol";
import {ReviewGate} from "../../../contracts/gate/ReviewGate.sol";
import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Ledger} from "../../../contracts/Ledger.sol";
import {LicenseCredential} from "../../../contracts/licensing/LicenseCredential.sol";
import {IRecalls, RecallKind} from "../../../contracts/registry/IRecalls.sol";
import {Recalls} from "../../../contracts/registry/Recalls.sol";
import {ModelId, TermsId} from "../../../contracts/types/Ids.sol";
import {Registration} from "../../../contracts/types/Registration.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Terms} from "../../../contracts/types/Terms.sol";
import {Rights} from "../../../contracts/types/Vocabulary.sol";
import {Deploy} from "../base/Deploy.sol";
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
        bool cleared;
        bool quarantined;
        address requester;
        address certifier;
        uint40 until;
        uint32 certified;
    }

    address public constant AUTHORITY = address(0xa0);
    address public constant GUARDIAN = address(0x9a2d);
    address public constant OPERATOR = address(0x09e);
    uint40 public constant MARGIN = 1 hours;
    uint48 public constant MIN_BLOCKS = 10;
    uint256 public constant TENSORS = 2;
    uint256 public constant MODELS = 4;
    uint256 public constant WEIGHTS = 3;
    uint256 public constant SUBJECTS = MODELS + WEIGHTS;
    uint256 public constant PEOPLE = 4;

    Recalls public immutable RECALLS = Recalls(Deploy.deploy("Recalls", abi.encode(address(this))));
    Ledger public immutable LEDGER = Ledger(Deploy.deploy("Ledger", abi.encode(address(this), RECALLS)));
    StubClaims public immutable CLAIMS = new StubClaims();
    ReviewGate public immutable GATE;
    LoadCheck public immutable LOADING;

    uint256 public disagreements;
    uint256 public successes;
    mapping(uint256 tensors => mapping(uint256 person => Scan)) private _tensorScans; // of scope tensors alone
    mapping(bytes32 digest => uint256) private _recalls; // 1 while it is recalled

    Registration[] private _registrations;
    bytes32[] private _models;
    mapping(bytes32 subject => Known) private _known;
    mapping(bytes32 weights => mapping(uint256 person => Scan)) private _scans;
    mapping(uint64 role => mapping(address account => bool)) private _roles;
    mapping(uint256 person => bytes32) private _organizations;
    uint40 private _pausedFrom;
    uint40 private _pausedBefore;

    constructor() {
        LicenseCredential credentials = LicenseCredential(
            Deploy.deploy("LicenseCredential", abi.encode(address(this), LEDGER, LEDGER))
        );
        ILineageClaims claims = ILineageClaims(address(CLAIMS));
        ComplianceLens lens = ComplianceLens(
            Deploy.deploy("ComplianceLens", abi.encode(LEDGER, LEDGER, credentials, claims, RECALLS))
        );
        GATE = ReviewGate(
            Deploy.deploy("ReviewGate", abi.encode(address(this), LEDGER, LEDGER, claims, MARGIN, MIN_BLOCKS))
        );
        LOADING = LoadCheck(Deploy.deploy("LoadCheck", abi.encode(LEDGER, GATE, lens, RECALLS)));
        Terms memory terms;
        terms.name = "terms";
        terms.rights = uint16(Rights.RESEARCH | Rights.EDUCATION | Rights.PERSONAL);
        TermsId termsId = LEDGER.publishTerms(terms);
        for (uint256 i = 0; i < MODELS; ++i) {
            Registration storage registration = _registrations.push();
            registration.publisher = address(this);
            registration.weights = weights(i); // the last model has the weights of the first
            registration.tensors = tensors(i); // twins by tensors have other weights
            registration.uri = i < WEIGHTS ? "" : "again";
            registration.terms = termsId;
            _models.push(ModelId.unwrap(LEDGER.register(registration)));
        }
        LEDGER.setOperator(address(this), OPERATOR, Scopes.ALL, type(uint40).max);
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
        if (selector == IRecalls.undoRecall.selector) return (caller == GUARDIAN, 0);
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

    function setClock(uint40 margin, uint48 blocks, bool wild) external {
        (margin, blocks) = wild ? (margin, blocks) : (margin % 2 hours, blocks % 20);
        _attempt(AUTHORITY, abi.encodeCall(IReviewGate.setMargin, (margin)), margin <= 30 days);
        _attempt(AUTHORITY, abi.encodeCall(IReviewGate.setMinBlocks, (blocks)), blocks <= 3_000_000);
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
        bool allowed = !paused() && known.requestedAt == 0 && !known.quarantined;
        bytes memory data =
            index < MODELS
                ? abi.encodeCall(IReviewGate.requestReview, (_registrations[index], ""))
                : abi.encodeCall(IReviewGate.requestArtefactReview, (about, ""));
        uint8 quorum = GATE.quorum();
        uint40 length = GATE.reviewPeriod() + GATE.margin();
        uint48 blocks = GATE.minBlocks();
        if (!_attempt(person(who), data, allowed)) return;
        known.requestedAt = uint40(block.timestamp);
        known.requestedIn = block.number;
        known.readyAt = uint40(block.timestamp) + length;
        known.pausedBefore = pausedSeconds();
        known.readyBlock = uint48(block.number) + blocks;
        known.quorum = quorum;
        known.requester = person(who);
    }

    function setReviewUri(uint256 who, uint256 index, bool asPublisher) external {
        Known storage known = _known[subject(index)];
        bool isModel = index % SUBJECTS < MODELS;
        address caller = asPublisher ? OPERATOR : person(who);
        bool allowed = known.requestedAt != 0 && (caller == known.requester || (asPublisher && isModel));
        _attempt(caller, abi.encodeCall(IReviewGate.setReviewUri, (subject(index), "uri")), allowed);
    }

    function attest(uint256 who, uint256 index, uint16 age, bool fails, bool ahead, uint256 of_) external {
        ScanReport memory report;
        (report.weights, report.tensors) = (weights(index), tensors(index));
        report.scope = of_ % 3 == 0 ? ScanScope.Tensors : ScanScope.Files;
        report.scannedAt = ahead ? uint40(block.timestamp) + 1 + age : uint40(block.timestamp) - age;
        report.verdict = fails ? ScanVerdict.Failed : ScanVerdict.Passed;
        bool allowed = _mayAttest(who, report) && !ahead;
        if (_attempt(person(who), abi.encodeCall(IReviewGate.attestScan, (report)), allowed)) _keep(who, index, report);
    }

    /// @dev Sends a report that a scanner signed: in time or late, as it was signed, or changed, or signed by another.
    function attestSigned(uint256 who, uint256 index, uint16 age, bool fails, uint8 change) external {
        ScanReport memory report;
        (report.weights, report.tensors) = (weights(index), tensors(index));
        report.scope = age % 3 == 0 ? ScanScope.Tensors : ScanScope.Files;
        report.scannedAt = uint40(block.timestamp) - age;
        report.verdict = fails ? ScanVerdict.Failed : ScanVerdict.Passed;
        change %= 8;
        uint48 deadline = uint48(block.timestamp) - (change == 1 ? 1 : 0);
        bytes memory signature = _sign(change == 2 ? (who % PEOPLE) + 1 : who, report, deadline);
        if (change == 3) report.report = bytes32(uint256(1));
        bool allowed = (change == 0 || change > 3) && _mayAttest(who, report);
        bytes memory data = abi.encodeCall(
            IReviewGate.attestScanBySignature,
            (report, person(who), deadline, signature)
        );
        if (_attempt(address(0xbeef), data, allowed)) _keep(who, index, report);
    }

    function clear(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        bytes32 about = subject(index);
        Known storage known = _known[about];
        (uint256 passed, uint256 failed) = countScans(index);
        bool allowed = !paused() && isDue(known) && !known.cleared && !known.quarantined;
        allowed = allowed && passed >= quorumOf(known) && failed == 0 && !isDisputed(index) && !areWeightsShut(index);
        if (!_attempt(person(who), abi.encodeCall(IReviewGate.clear, (about)), allowed)) return;
        known.cleared = true;
    }

    function quarantine(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        (, uint256 failed) = countScans(index);
        bool allowed = isDue(known) && failed >= quorumOf(known) && !known.cleared && !known.quarantined;
        if (_attempt(person(who), abi.encodeCall(IReviewGate.quarantine, (subject(index))), allowed)) {
            known.quarantined = true;
            _known[weightsOf(index)].quarantined = true;
        }
    }

    function freezeAgain(uint256 who, uint256 index) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        (, uint256 failed) = countScans(index);
        bool allowed = known.cleared && failed >= quorumOf(known) && !known.quarantined;
        if (!_attempt(person(who), abi.encodeCall(IReviewGate.freezeAgain, (subject(index))), allowed)) return;
        known.cleared = false;
    }

    function certify(uint256 who, uint256 index, uint8 mask, uint32 length) external {
        index %= SUBJECTS;
        Known storage known = _known[subject(index)];
        uint40 until = uint40(block.timestamp) + length;
        uint32 uses = index < MODELS ? mask : 0;
        bool allowed = !paused() && _roles[3][person(who)] && !known.quarantined && length != 0;
        allowed = allowed && !areWeightsShut(index) && (known.certifier == person(who) || !isCertified(known));
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

    /// @dev The authority recalls a model, its weights or its tensors; a guardian undoes it.
    function recall(uint256 who, uint256 index, uint8 kind, bool undoes) external {
        // Rarely by an account that may, so that something is left to do.
        RecallKind of_ = RecallKind(kind % 3);
        bytes32 digest = of_ == RecallKind.Model ? _models[index % MODELS] : weights(index);
        if (of_ == RecallKind.Tensors) digest = tensors(index);
        address caller = who % 4 == 0 ? (undoes ? GUARDIAN : AUTHORITY) : person(who);
        bytes memory data =
            undoes
                ? abi.encodeCall(IRecalls.undoRecall, (of_, digest, ""))
                : abi.encodeCall(IRecalls.recall, (of_, digest, ""));
        VM.prank(caller);
        (bool success, ) = address(RECALLS).call(data);
        if (success) _recalls[digest] = undoes ? 0 : 1;
    }

    /// @dev The publisher recalls a model on the ledger, so that its license grants nothing.
    function recallOnLedger(uint256 index) external {
        if (index % 16 != 0 || isRecalledOnLedger(MODELS - 1)) return;
        LEDGER.recall(ModelId.wrap(_models[MODELS - 1]), "");
    }

    // Facts.

    /// @dev The people have keys, because scanners sign.
    function person(uint256 index) public pure returns (address) {
        return VM.addr(0x1000 + (index % PEOPLE));
    }

    function indexOf(address who) external pure returns (uint256 index) {
        while (person(index) != who) ++index;
    }

    function weights(uint256 index) public pure returns (bytes32) {
        return bytes32(0x77 + (index % WEIGHTS));
    }

    /// @dev The tensors of what has the weights.
    function tensors(uint256 index) public pure returns (bytes32) {
        return bytes32(0x7e0 + ((index % WEIGHTS) % TENSORS));
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
        return artefact.quarantined;
    }

    function isRecalledOnLedger(uint256 index) public view returns (bool) {
        return uint256(LEDGER.modelOf(ModelId.wrap(_models[index])).status) == 3;
    }

    /// @dev Whether the publisher recalled the model, or the authority its id, its weights or its tensors.
    function isRecalled(uint256 index) public view returns (bool) {
        uint256 made = _recalls[_models[index]] + _recalls[weights(index)] + _recalls[tensors(index)];
        return made != 0 || isRecalledOnLedger(index);
    }

    /// @dev Counts the organizations whose latest word on the tensors failed them, by comparing all pairs.
    function areTensorsShut(uint256 index) public view returns (bool) {
        uint256 failed;
        for (uint256 i = 0; i < PEOPLE; ++i) {
            bool fails;
            bool first = true;
            for (uint256 j = 0; j < PEOPLE; ++j) {
                if (_organizationOf(i) != _organizationOf(j)) continue;
                if (j < i) first = false;
                ScanVerdict verdict = _tensorScans[(index % WEIGHTS) % TENSORS][j].verdict;
                if (_roles[4][person(j)] && verdict == ScanVerdict.Failed) fails = true;
            }
            if (first && fails) ++failed;
        }
        return failed >= GATE.quorum();
    }

    /// @dev Asks whether a model may be loaded with some tensors, by everybody's word: nobody verified the publisher, whose word
    /// would leave every license unknown.
    function check(uint256 index, uint32 uses, bytes32 computed) public view returns (Check memory) {
        Query memory query;
        (query.model, query.uses, query.facts) = (ModelId.wrap(_models[index]), uses, new Fact[](0));
        query.everybody = true;
        return LOADING.check(_registrations[index], computed, query);
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

    function _mayAttest(uint256 who, ScanReport memory report) private view returns (bool) {
        if (report.verdict == ScanVerdict.Passed && paused()) return false;
        return _roles[4][person(who)] && report.scannedAt > _scans[report.weights][who % PEOPLE].scannedAt;
    }

    /// @dev Keeps a report: for the weights, and if that is its scope for the tensors, of which the latest counts.
    function _keep(uint256 who, uint256 index, ScanReport memory report) private {
        Scan memory made = Scan(person(who), report.scannedAt, report.verdict);
        _scans[report.weights][who % PEOPLE] = made;
        if (report.scope == ScanScope.Files) return;
        Scan storage word = _tensorScans[(index % WEIGHTS) % TENSORS][who % PEOPLE];
        bool later = made.scannedAt > word.scannedAt;
        if (later || (made.scannedAt == word.scannedAt && made.verdict == ScanVerdict.Failed)) {
            (word.scanner, word.scannedAt, word.verdict) = (made.scanner, made.scannedAt, made.verdict);
        }
    }

    /// @dev EIP-712, as a wallet computes it from the types.
    function _sign(uint256 who, ScanReport memory report, uint48 deadline) private view returns (bytes memory) {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma Review Gate"),
                keccak256("1"),
                block.chainid,
                address(GATE)
            )
        );
        bytes32 part = keccak256(
            abi.encode(
                keccak256(
                    "ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)"
                ),
                report.weights,
                report.tensors,
                report.scope,
                report.ruleset,
                report.report,
                report.scannedAt,
                report.verdict,
                keccak256(bytes(report.uri))
            )
        );
        bytes32 whole = keccak256(
            abi.encode(
                keccak256(
                    "AttestScan(ScanReport report,uint48 deadline)ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)"
                ),
                part,
                deadline
            )
        );
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(
            0x1000 + (who % PEOPLE),
            keccak256(abi.encodePacked(hex"1901", domain, whole))
        );
        return abi.encodePacked(r, s, v);
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
        bytes4[] memory selectors = new bytes4[](18);
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
        selectors[15] = ReviewGateHandler.setClock.selector;
        selectors[16] = ReviewGateHandler.setReviewUri.selector;
        selectors[17] = ReviewGateHandler.attestSigned.selector;
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
            bool early = block.timestamp < uint256(known.requestedAt) + 24 hours;
            early = early || block.number < known.readyBlock;
            if (known.requestedAt != 0 && !early) continue;
            if (i < _handler.MODELS()) {
                assertEq(_handler.check(i, Rights.RESEARCH, _handler.tensors(i)).loadable, false, "model");
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
            assertEq(review.requester, known.requester, "requester");
            assertEq(review.state == ReviewState.Cleared, known.cleared && !known.quarantined, "cleared");
            if (known.requestedAt != 0) assertTrue(review.state != ReviewState.None, "state");
        }
    }

    function invariant_whatIsQuarantinedStaysShut() public view {
        for (uint256 i = 0; i < _handler.SUBJECTS(); ++i) {
            bool quarantined = _gate.reviewOf(_handler.subject(i)).state == ReviewState.Quarantined;
            assertEq(quarantined, _handler.knownOf(i).quarantined, "quarantined");
            if (quarantined) assertEq(_gate.isScanned(_handler.subject(i)), false, "scanned");
        }
    }

    /// @dev Each artefact is open exactly if its review and its certification allow it.
    function invariant_anArtefactIsScannedIfItShouldBe() public view {
        for (uint256 i = _handler.MODELS(); i < _handler.SUBJECTS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            bool certified = _handler.isCertified(known);
            assertEq(_gate.isCertified(_handler.subject(i)), certified, "certified");
            bool open = !known.quarantined && !_handler.isFailing(i) && (known.cleared || certified);
            assertEq(_gate.isScanned(_handler.subject(i)), open, "digest");
        }
    }

    /// @dev The parts of a load check are what happened to the model, its weights and its tensors, and it is loadable exactly
    /// if all of them allow it.
    function invariant_aLoadCheckSaysWhatHappened() public view {
        for (uint256 i = 0; i < _handler.MODELS(); ++i) {
            ReviewGateHandler.Known memory known = _handler.knownOf(i);
            bool shut = known.quarantined || _handler.isFailing(i) || _handler.areWeightsShut(i);
            for (uint32 uses = 1; uses < 16; uses += 2) {
                Check memory answer = _handler.check(i, uses, _handler.tensors(i));
                assertEq(answer.cleared, known.cleared && !known.quarantined, "cleared");
                assertEq(answer.certified, _handler.isCertified(known) && uses & ~known.certified == 0, "certified");
                assertEq(answer.shut, shut, "shut");
                assertEq(answer.tensorsShut, _handler.areTensorsShut(i), "tensors");
                assertEq(answer.recalled, _handler.isRecalled(i), "recalled");
                assertEq(answer.misstated, false, "misstated");
                bool open = answer.cleared || answer.certified;
                open = open && !shut && !answer.tensorsShut && !answer.recalled && uses & ~uint32(7) == 0;
                assertEq(answer.loadable, open, "loadable");
            }
        }
    }

    /// @dev Nobody loads what was registered with other tensors than those at hand, whatever else holds.
    function invariant_misstatedTensorsNeverLoad() public view {
        for (uint256 i = 0; i < _handler.MODELS(); ++i) {
            for (uint256 other = 0; other < 2; ++other) {
                bytes32 computed = other == 0 ? bytes32(0) : _handler.tensors(i + 1) ^ bytes32(uint256(1) << 255);
                Check memory answer = _handler.check(i, Rights.RESEARCH, computed);
                assertTrue(answer.misstated && !answer.loadable && !answer.tensorsShut, "misstated");
            }
        }
    }

    /// @dev The gate keeps each scanner's latest result, and never one of the future.
    function invariant_aScannersLastWordCounts() public view {
        for (uint256 i = 0; i < _handler.WEIGHTS(); ++i) {
            Scan[] memory scans = _gate.scansOf(_handler.weights(i));
            assertTrue(scans.length <= _handler.PEOPLE(), "one for each");
            for (uint256 j = 0; j < scans.length; ++j) {
                Scan memory last = _handler.scanOf(i, _handler.indexOf(scans[j].scanner));
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
