// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {ILineageClaims} from "../../../contracts/claims/ILineageClaims.sol";
import {ComplianceLens} from "../../../contracts/compliance/ComplianceLens.sol";
import {Fact, Query} from "../../../contracts/compliance/IComplianceLens.sol";
import {Check} from "../../../contracts/gate/ILoadCheck.sol";
import {
    IReviewGate,
    ReviewState,
    Scan,
    ScanReport,
    ScanScope,
    ScanVerdict
} from "../../../contracts/gate/IReviewGate.sol";
import {LoadCheck} from "../../../contracts/gate/LoadCheck.sol";
import {ReviewGate} from "../../../contracts/gate/ReviewGate.sol";
import {RecallKind} from "../../../contracts/registry/IRecalls.sol";
import {Recalls} from "../../../contracts/registry/Recalls.sol";
import {ModelId} from "../../../contracts/types/Ids.sol";
import {Registration} from "../../../contracts/types/Registration.sol";
import {Rights} from "../../../contracts/types/Vocabulary.sol";
import {Deploy} from "../base/Deploy.sol";
import {LedgerTest} from "../base/LedgerTest.sol";
import {ManagerFor} from "../base/ManagerFor.sol";
import {StubClaims} from "../mocks/StubClaims.sol";

/// @dev The functions of the gate that take numbers, arrays or signatures, for all values. {ReviewGateInvariantTest}
/// tests their order. This contract is the manager, and every role's only member beside {scanner}.
contract ReviewGateFuzzTest is LedgerTest {
    bytes32 private constant WEIGHTS = keccak256("weights");
    bytes32 private constant TENSORS = keccak256("tensors");
    uint32 private constant PERMITTED = Rights.RESEARCH | Rights.EDUCATION | Rights.PERSONAL;
    uint40 private constant MARGIN = 1 hours;
    uint48 private constant MIN_BLOCKS = 10;

    ILineageClaims private claims;
    ComplianceLens private lens;
    ReviewGate private gate;
    Recalls private recalls;
    LoadCheck private loading;
    Registration private registration;
    ModelId private model;
    address private scanner = address(this);
    address private manager = address(new ManagerFor(address(this)));

    /// @dev The access manager of the gate.
    function canCall(address caller, address, bytes4) external view returns (bool, uint32) {
        return (caller == address(this), 0);
    }

    /// @dev The access manager of the gate.
    function hasRole(uint64 role, address account) external view returns (bool, uint32) {
        return (role == 4 ? account == scanner : account == address(this), 0);
    }

    function setUp() public override {
        super.setUp();
        registration.publisher = address(this);
        registration.weights = WEIGHTS;
        registration.terms = ledger.publishTerms(_terms("terms", PERMITTED));
        model = ledger.register(registration);
        claims = ILineageClaims(address(new StubClaims()));
        recalls = Recalls(Deploy.deploy("Recalls", abi.encode(manager)));
        lens = ComplianceLens(
            Deploy.deploy("ComplianceLens", abi.encode(ledger, ledger, credentials, claims, recalls))
        );
        gate = _gateWith(MARGIN, MIN_BLOCKS);
    }

    function testFuzz_setReviewPeriod_isADayToAYear(uint40 period) public {
        uint40 before = gate.reviewPeriod();
        bool possible = period >= 24 hours && period <= 365 days;
        if (!possible) _expectRevert(IReviewGate.ReviewGatePeriodOutOfRange.selector, period, 24 hours, 365 days);
        gate.setReviewPeriod(period);
        assertEq(gate.reviewPeriod(), possible ? period : before, "period");
    }

    function testFuzz_setQuorum_isOneToSixteen(uint8 quorum) public {
        bool possible = quorum >= 1 && quorum <= 16;
        if (!possible) {
            VM.expectRevert(abi.encodeWithSelector(IReviewGate.ReviewGateQuorumOutOfRange.selector, quorum, 16));
        }
        gate.setQuorum(quorum);
        assertEq(gate.quorum(), possible ? quorum : 1, "quorum");
    }

    /// @dev At construction and later.
    function testFuzz_setMargin_isAtMost30Days(uint40 margin) public {
        bool possible = margin <= 30 days;
        if (!possible) _expectRevert(IReviewGate.ReviewGatePeriodOutOfRange.selector, margin, 0, 30 days);
        ReviewGate made = _gateWith(margin, MIN_BLOCKS);
        if (possible) assertEq(made.margin(), margin, "first margin");
        if (!possible) _expectRevert(IReviewGate.ReviewGatePeriodOutOfRange.selector, margin, 0, 30 days);
        gate.setMargin(margin);
        assertEq(gate.margin(), possible ? margin : MARGIN, "margin");
    }

    /// @dev At construction and later.
    function testFuzz_setMinBlocks_isAtMostThreeMillion(uint48 blocks) public {
        blocks = uint48(bound(blocks, 0, 6_000_000));
        bool possible = blocks <= 3_000_000;
        if (!possible) _expectRevert(IReviewGate.ReviewGateBlocksOutOfRange.selector, blocks, 3_000_000);
        ReviewGate made = _gateWith(MARGIN, blocks);
        if (possible) assertEq(made.minBlocks(), blocks, "first blocks");
        if (!possible) _expectRevert(IReviewGate.ReviewGateBlocksOutOfRange.selector, blocks, 3_000_000);
        gate.setMinBlocks(blocks);
        assertEq(gate.minBlocks(), possible ? blocks : MIN_BLOCKS, "blocks");
    }

    /// @dev A review runs for the period and the margin, to the second, and for the blocks, whatever the rules become
    /// later.
    function testFuzz_requestReview_keepsTheClockOfItsRequest(
        uint40 period,
        uint40 margin,
        uint48 blocks,
        uint40 later
    ) public {
        period = uint40(bound(period, 24 hours, 365 days));
        later = uint40(bound(later, 24 hours, 365 days));
        margin = uint40(bound(margin, 0, 30 days));
        blocks = uint48(bound(blocks, 1, 3_000_000));
        gate = _gateWith(margin, blocks);
        gate.setReviewPeriod(period);
        uint40 readyAt = gate.requestReview(registration, "");
        uint48 readyBlock = gate.reviewOf(ModelId.unwrap(model)).readyBlock;
        assertEq(readyAt, block.timestamp + period + margin, "second");
        assertEq(readyBlock, block.number + blocks, "block");
        gate.setReviewPeriod(later);
        gate.setMargin(later % 30 days);
        gate.setMinBlocks(later % 3_000_000);
        gate.attestScan(_passed(uint40(block.timestamp)));

        for (uint256 i = 0; i < 3; ++i) {
            VM.warp(i == 0 ? readyAt - 1 : readyAt);
            VM.roll(i == 1 ? readyBlock - 1 : readyBlock);
            assertTrue(gate.conditionsOf(ModelId.unwrap(model)).clockRunning == (i != 2), "clock");
            if (i != 2) {
                _expectRevert(IReviewGate.ReviewGateClockRunning.selector, ModelId.unwrap(model), readyAt, readyBlock);
            }
            gate.clear(ModelId.unwrap(model));
        }
        assertTrue(_check(Rights.RESEARCH, 0).loadable, "loadable");
    }

    /// @dev A cleared model is loadable for rights that the license grants, and for nothing else.
    function testFuzz_check_isForUsesThatTheLicensePermits(uint32 uses) public {
        uses = uint32(bound(uses, 1, Rights.ALL));
        uint40 readyAt = gate.requestReview(registration, "");
        gate.attestScan(_passed(uint40(block.timestamp)));
        VM.warp(readyAt);
        VM.roll(block.number + MIN_BLOCKS);
        assertTrue(!_check(uses, 0).loadable, "not cleared yet");
        gate.clear(ModelId.unwrap(model));
        assertTrue(_check(uses, 0).loadable == (uses & ~PERMITTED == 0), "loadable");
    }

    /// @dev A certification opens the gate from its block to the second before its end, for its uses that the license
    /// permits.
    function testFuzz_certify_opensForItsUsesUntilItsEnd(uint32 uses, uint32 asked, uint40 until, uint40 time) public {
        uses = uint32(bound(uses, 1, Rights.ALL));
        asked = uint32(bound(asked, 1, Rights.ALL));
        until = uint40(bound(until, block.timestamp + 1, type(uint40).max));
        time = uint40(bound(time, block.timestamp, type(uint40).max));
        gate.certify(registration, uses, until);
        VM.warp(time);
        assertTrue(gate.isCertified(ModelId.unwrap(model)) == (time < until), "certified");
        Check memory answer = _check(asked, 0);
        assertTrue(answer.certified == (time < until && asked & ~uses == 0), "certified for the uses");
        assertTrue(answer.loadable == (answer.certified && asked & ~PERMITTED == 0), "loadable");
    }

    /// @dev The stated tensors withhold when they are neither zero nor the computed ones, and never grant; recalls and failed
    /// scans are asked for the computed ones.
    function testFuzz_check_asksForTheComputedTensors(bytes32 stated, bytes32 computed, uint8 how) public {
        if (how % 4 == 0) computed = stated;
        (registration.tensors, registration.uri) = (stated, "again");
        model = ledger.register(registration);
        gate.certify(registration, Rights.RESEARCH, type(uint40).max);
        bool misstated = stated != 0 && stated != computed;
        assertTrue(_check(Rights.RESEARCH, computed).loadable == !misstated, "as stated");
        bytes32 held = how % 2 == 0 ? computed : stated;
        if (held == 0) return;
        uint256 before = how % 3;
        if (before == 0) recalls.recall(RecallKind.Tensors, held, "");
        else gate.attestScan(_report("elsewhere", held, ScanScope.Tensors, uint40(block.timestamp), true));
        Check memory answer = _check(Rights.RESEARCH, computed);
        assertTrue(answer.recalled == (before == 0 && held == computed), "recalled");
        assertTrue(answer.tensorsShut == (before != 0 && held == computed), "tensors shut");
        assertTrue(answer.misstated == misstated, "misstated");
        assertTrue(answer.loadable == (held != computed && !misstated), "loadable");
    }

    /// @dev By its tensors counts the latest report of that scope, of whatever folder, and of two of one second the failed
    /// one, in whatever order they are sent.
    function testFuzz_attestScan_byTensorsTheLatestCounts(
        uint8[4] calldata ages,
        uint8 fails,
        uint8 tensors,
        uint8 start
    ) public {
        uint256 latest = type(uint256).max;
        bool failed;
        for (uint256 i = 0; i < 4; ++i) {
            uint256 n = (i + start) % 4;
            ScanScope scope = (tensors >> n) & 1 == 0 ? ScanScope.Files : ScanScope.Tensors;
            uint40 scannedAt = uint40(block.timestamp) - (ages[n] % 4);
            bool isFailure = (fails >> n) & 1 == 1;
            gate.attestScan(_report(bytes32(n + 1), TENSORS, scope, scannedAt, isFailure));
            if (scope == ScanScope.Files) continue;
            uint256 age = ages[n] % 4;
            if (latest == type(uint256).max || age < latest) (latest, failed) = (age, isFailure);
            else if (age == latest) failed = failed || isFailure;
        }
        assertTrue(gate.areTensorsShut(TENSORS) == failed, "shut");
        assertTrue(!gate.areTensorsShut(0), "zero");
        assertEq(gate.tensorScansOf(TENSORS).length, latest == type(uint256).max ? 0 : 1, "one place");
    }

    function testFuzz_certifyArtefact_opensUntilItsEnd(bytes32 weights, uint40 until, uint40 time) public {
        VM.assume(weights != 0);
        uint256 start = block.timestamp;
        if (until <= start) _expectRevert(IReviewGate.ReviewGateExpired.selector, until);
        gate.certifyArtefact(weights, until);
        time = uint40(bound(time, start, type(uint40).max));
        VM.warp(time);
        assertTrue(gate.isScanned(weights) == (time < until), "loadable");
    }

    /// @dev A subject that is neither reviewed nor certified is not open, and no view reverts.
    function testFuzz_standingOf_isOpenForNothingThatNobodyReviewed(bytes32 subject, bytes32 weights) public view {
        (bool cleared, bool shut, uint32 certified) = gate.standingOf(ModelId.wrap(subject), weights);
        assertTrue(!cleared && !shut && certified == 0, "model");
        assertTrue(!gate.isScanned(subject), "digest");
        assertTrue(gate.reviewOf(subject).state == ReviewState.None, "review");
    }

    /// @dev The later of a scanner's scans counts, and a scan of the future is rejected.
    function testFuzz_attestScan_takesOnlyLaterOnes(uint40[4] calldata times, bytes32 report, bool fails) public {
        uint40 last;
        for (uint256 i = 0; i < times.length; ++i) {
            uint40 scannedAt = i % 2 == 0 ? uint40(bound(times[i], 1, block.timestamp + 10)) : times[i];
            ScanVerdict verdict = fails ? ScanVerdict.Failed : ScanVerdict.Passed;
            bool possible = scannedAt > last && scannedAt <= block.timestamp;
            if (!possible) _expectRevert(IReviewGate.ReviewGateScanOutOfOrder.selector, scannedAt, last);
            gate.attestScan(ScanReport(WEIGHTS, 0, ScanScope.Files, "rules", report, scannedAt, verdict, ""));
            if (!possible) continue;
            last = scannedAt;
            Scan[] memory scans = gate.scansOf(WEIGHTS);
            assertEq(scans.length, 1, "one place");
            assertEq(scans[0].scannedAt, scannedAt, "time");
            assertTrue(scans[0].verdict == verdict, "verdict");
        }
    }

    /// @dev A signed scan is valid only for its scanner, its report and its deadline.
    function testFuzz_attestScanBySignature_holdsForWhatWasSigned(
        uint256 key,
        bytes32[2] calldata digests,
        uint40 scannedAt,
        uint48 deadline,
        uint8 changed
    ) public {
        key = bound(key, 1, 2 ** 128);
        scanner = VM.addr(key);
        ScanReport memory report = _passed(uint40(bound(scannedAt, 1, block.timestamp)));
        (report.ruleset, report.report) = (digests[0], digests[1]);
        if (deadline % 2 == 0) report.verdict = ScanVerdict.Failed;
        bytes memory signature = _sign(key, report, deadline);
        bool possible = block.timestamp <= deadline;

        // One bit of each signed part, and of the signature itself.
        changed = changed % 8;
        if (changed == 0) report.ruleset ^= bytes32(uint256(1));
        if (changed == 1) report.report ^= bytes32(uint256(1));
        if (changed == 2) report.scannedAt ^= 1;
        if (changed == 3) report.uri = "ipfs://report";
        if (changed == 4) signature[deadline % 65] ^= bytes1(uint8(1));
        if (changed == 6) report.tensors ^= bytes32(uint256(1));
        if (changed == 7) report.scope = ScanScope.Tensors;
        if (!possible) {
            _expectRevert(IReviewGate.ReviewGateSignatureExpired.selector, deadline);
        } else if (changed != 5) {
            VM.expectRevert(abi.encodeWithSelector(IReviewGate.ReviewGateInvalidSignature.selector, scanner));
        }
        gate.attestScanBySignature(report, scanner, deadline, signature);
        assertEq(gate.scansOf(WEIGHTS).length, possible && changed == 5 ? 1 : 0, "kept");
    }

    /// @dev A signature is for the chain on which it was made: after a fork, one side has another id and refuses it.
    function testFuzz_attestScanBySignature_isForOneChain(uint64 chain) public {
        VM.assume(chain != 0 && chain != block.chainid);
        scanner = VM.addr(7);
        ScanReport memory report = _passed(uint40(block.timestamp));
        bytes memory signature = this.signed(7, report, type(uint48).max);
        VM.chainId(chain);
        VM.expectRevert(abi.encodeWithSelector(IReviewGate.ReviewGateInvalidSignature.selector, scanner));
        gate.attestScanBySignature(report, scanner, type(uint48).max, signature);
        signature = this.signed(7, report, type(uint48).max);
        gate.attestScanBySignature(report, scanner, type(uint48).max, signature);
        assertEq(gate.scansOf(WEIGHTS).length, 1, "kept");
    }

    /// @dev A signature for the chain as it is now. A call of its own reads the chain's id again.
    function signed(uint256 key, ScanReport memory report, uint48 deadline) external view returns (bytes memory) {
        return _sign(key, report, deadline);
    }

    function testFuzz_attestScanBySignature_takesNoBytesForASignature(bytes calldata signature) public {
        scanner = address(0x5ca);
        VM.expectRevert(abi.encodeWithSelector(IReviewGate.ReviewGateInvalidSignature.selector, scanner));
        gate.attestScanBySignature(_passed(uint40(block.timestamp)), scanner, type(uint48).max, signature);
    }

    function _gateWith(uint40 margin, uint48 minBlocks) private returns (ReviewGate) {
        return ReviewGate(Deploy.deploy("ReviewGate", abi.encode(manager, ledger, ledger, claims, margin, minBlocks)));
    }

    /// @dev The answer of a load check about the model for the public, which states no facts.
    function _check(uint32 uses, bytes32 tensors) private returns (Check memory) {
        loading = LoadCheck(Deploy.deploy("LoadCheck", abi.encode(ledger, gate, lens, recalls)));
        Query memory query;
        (query.model, query.uses, query.facts) = (model, uses, new Fact[](0));
        query.everybody = true;
        return loading.check(registration, tensors, query);
    }

    function _passed(uint40 scannedAt) private pure returns (ScanReport memory) {
        return _report(WEIGHTS, TENSORS, ScanScope.Files, scannedAt, false);
    }

    function _report(
        bytes32 weights,
        bytes32 tensors,
        ScanScope scope,
        uint40 scannedAt,
        bool fails
    ) private pure returns (ScanReport memory) {
        ScanVerdict verdict = fails ? ScanVerdict.Failed : ScanVerdict.Passed;
        return ScanReport(weights, tensors, scope, "rules", "report", scannedAt, verdict, "");
    }

    /// @dev The EIP-712 signature, computed without the contract.
    function _sign(uint256 key, ScanReport memory report, uint48 deadline) private view returns (bytes memory) {
        bytes memory scanType =
            "ScanReport(bytes32 weights,bytes32 tensors,uint8 scope,bytes32 ruleset,bytes32 report,uint40 scannedAt,uint8 verdict,string uri)";
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Stemma Review Gate"),
                keccak256("1"),
                block.chainid,
                address(gate)
            )
        );
        bytes32 scan = keccak256(
            abi.encode(
                keccak256(scanType),
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
        bytes32 attest = keccak256(bytes.concat("AttestScan(ScanReport report,uint48 deadline)", scanType));
        bytes32 digest = keccak256(bytes.concat(hex"1901", domain, keccak256(abi.encode(attest, scan, deadline))));
        (uint8 v, bytes32 r, bytes32 s) = VM.sign(key, digest);
        return abi.encodePacked(r, s, v);
    }

    function _expectRevert(bytes4 selector, uint256 a) private {
        VM.expectRevert(abi.encodeWithSelector(selector, a));
    }

    function _expectRevert(bytes4 selector, uint256 a, uint256 b) private {
        VM.expectRevert(abi.encodeWithSelector(selector, a, b));
    }

    function _expectRevert(bytes4 selector, uint256 a, uint256 b, uint256 c) private {
        VM.expectRevert(abi.encodeWithSelector(selector, a, b, c));
    }

    function _expectRevert(bytes4 selector, bytes32 a, uint256 b, uint256 c) private {
        VM.expectRevert(abi.encodeWithSelector(selector, a, b, c));
    }
}
