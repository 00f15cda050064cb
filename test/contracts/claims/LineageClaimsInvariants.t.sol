// SPDX-License-Identifier: Apache-2.0
pragma solidity ^0.8.35;

import {
    AttestedParent,
    Claim,
    ClaimState,
    EvidenceGrade,
    ILineageClaims,
    InheritanceState
} from "../../../contracts/claims/ILineageClaims.sol";
import {LineageClaims} from "../../../contracts/claims/LineageClaims.sol";
import {IWritePause} from "../../../contracts/governance/IWritePause.sol";
import {Ledger} from "../../../contracts/Ledger.sol";
import {ClaimId, ModelId} from "../../../contracts/types/Ids.sol";
import {Scopes} from "../../../contracts/types/Scopes.sol";
import {Parent, Registration, Relation} from "../../../contracts/types/Registration.sol";
import {Deploy} from "../base/Deploy.sol";
import {Test} from "../base/Test.sol";

/**
 * @dev Does with claims whatever accounts may try, in any order, and keeps a model of what must come of it. What the model allows
 * has to succeed and what it does not has to fail: {disagreements} counts where the contract does otherwise. Never reverts.
 */
contract LineageClaimsHandler is Test {
    /// @dev A claim in the model.
    struct Filed {
        ClaimId id;
        address claimant;
        uint256 child; // index of the model, or of the weights if it is about a product
        uint256 parent;
        Relation relation;
        bool product;
        bool disclosed;
        bool accepted;
        uint40 contestUntil;
        ClaimState state;
        bytes32 salt;
        bool extended; // to the tensors of the models
        bool replaces; // the external parent
    }

    /// @dev The inheritance of a claim by a model, in the model.
    struct Heir {
        uint40 contestUntil;
        InheritanceState state;
    }

    /// @dev One statement of an edge, by its publisher, the parent's publisher or a claim.
    struct Statement {
        Relation relation; // by the parent's publisher: as the edge was then
        EvidenceGrade grade;
        bool claimed;
    }

    /// @dev What all statements of an edge come to, by {edgeOf}.
    struct Edge {
        bool exists;
        Relation relation;
        EvidenceGrade grade;
        bool undisclosed;
    }

    uint256 public constant DEPOSIT = 1000;
    uint40 public constant CONTEST_PERIOD = 1 days;
    address public constant ADJUDICATOR = address(0xad10);
    address public constant GUARDIAN = address(0x9a2d);
    address public constant TREASURY = address(0x7ea5);
    uint256 private constant ACCOUNTS = 3;
    uint256 private constant MODELS = 12;
    bytes32 private constant EVIDENCE = "evidence";
    /// @dev The external parent that every second model names, after the parent that it declares if any.
    ModelId public constant EXTERNAL = ModelId.wrap(bytes32(uint256(0xe)));

    Ledger public immutable LEDGER = Ledger(
        Deploy.deploy("Ledger", abi.encode(address(this), Deploy.deploy("Recalls", abi.encode(address(this)))))
    );
    LineageClaims public immutable CLAIMS = LineageClaims(
        Deploy.deploy("LineageClaims", abi.encode(address(this), LEDGER, LEDGER, DEPOSIT, CONTEST_PERIOD, TREASURY))
    );

    uint256 public attempts;
    uint256 public successes;
    uint256 public disagreements;
    uint256 public forced;

    ModelId[] private _models;
    Filed[] private _filed;
    mapping(uint256 model => mapping(uint256 parent => Statement[])) private _statements;
    mapping(uint256 model => uint256[]) private _order;
    mapping(uint256 model => mapping(uint256 parent => bool)) private _countersigned;
    mapping(ClaimId claim => mapping(uint256 model => Heir)) private _heirs;
    mapping(uint256 model => bool) private _replaced;
    mapping(address account => uint256) private _credits;
    mapping(address publisher => address) private _controllers;

    constructor() payable {
        for (uint256 i = 0; i < MODELS; ++i) {
            Registration memory registration = _registrationOf(i);
            _controllers[account(i)] = account(i);
            VM.prank(registration.publisher);
            _models.push(LEDGER.register(registration));
        }
    }

    /// @dev The access manager: two accounts have one role each.
    function canCall(address caller, address, bytes4 selector) external pure returns (bool, uint32) {
        bool adjudicates =
            selector == ILineageClaims.accept.selector ||
                selector == ILineageClaims.rule.selector ||
                selector == ILineageClaims.extend.selector ||
                selector == ILineageClaims.ruleInheritance.selector;
        return (caller == (adjudicates ? ADJUDICATOR : GUARDIAN), 0);
    }

    function pass(uint32 time) external {
        VM.warp(block.timestamp + bound(time, 0, 12 hours));
    }

    function pause(bool ends, uint256 who) external {
        address caller = who % 4 == 0 ? account(who) : GUARDIAN;
        uint40 until = CLAIMS.pausedUntil();
        bool allowed = ends ? block.timestamp < until : until == 0 || block.timestamp >= until + 7 days;
        bytes memory data =
            ends ? abi.encodeCall(IWritePause.resumeWrites, ()) : abi.encodeCall(IWritePause.pauseWrites, ());
        _attempt(caller, 0, data, allowed && caller == GUARDIAN);
    }

    /// @dev A publisher's controller names an operator in all scopes, which may do nothing here all the same.
    function setOperator(uint256 publisher, uint256 operator, uint32 duration) external {
        address owner = account(publisher);
        uint40 until = uint40(block.timestamp + bound(duration, 1, 2 days));
        VM.prank(_controllers[owner]);
        LEDGER.setOperator(owner, account(operator), Scopes.ALL, until);
    }

    /// @dev A publisher gets another controller, which removes its operators.
    function handOver(uint256 publisher, uint256 controller) external {
        address owner = account(publisher);
        VM.prank(_controllers[owner]);
        LEDGER.proposeController(owner, account(controller));
        VM.prank(account(controller));
        LEDGER.acceptController(owner);
        _controllers[owner] = account(controller);
    }

    function file(uint256 who, uint256 child, uint256 parent, uint8 relation, bool product, uint8 value) external {
        child %= MODELS;
        parent %= MODELS;
        uint256 sent = value % 16 == 0 ? value : DEPOSIT;
        Filed memory filed;
        filed.claimant = account(who);
        filed.child = child;
        filed.parent = parent;
        filed.relation = Relation(relation % 11);
        filed.product = product;
        filed.salt = bytes32(_filed.length);
        filed.replaces = value % 8 == 1;
        ModelId replaces = filed.replaces ? EXTERNAL : ModelId.wrap(0);
        filed.state = ClaimState.Filed;
        filed.contestUntil = uint40(block.timestamp) + CONTEST_PERIOD;
        bytes32 subject = product ? _weights(child) : ModelId.unwrap(_models[child]);
        bytes32 commitment = CLAIMS.hashCommitment(filed.claimant, EVIDENCE, filed.salt);
        filed.id = CLAIMS.hashClaim(
            filed.claimant,
            subject,
            product,
            _models[parent],
            filed.relation,
            replaces,
            commitment
        );
        Edge memory edge = edgeOf(child, parent);
        bool news = child != parent && !_isDeclaredBy(child, parent, filed.relation);
        news = news && (!edge.exists || (edge.relation != filed.relation && edge.grade != EvidenceGrade.Adjudicated));
        if (filed.replaces) news = child != parent && _namesExternal(child) && !_replaced[child];
        bool allowed = !_isPaused() && sent == DEPOSIT && filed.relation != Relation.None;
        allowed = allowed && (product ? !filed.replaces : news);
        bytes memory data = abi.encodeCall(
            ILineageClaims.file,
            (subject, product, _models[parent], filed.relation, replaces, commitment)
        );
        if (_attempt(filed.claimant, sent, data, allowed)) _filed.push(filed);
    }

    function disclose(uint256 index, bool wrong) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        bytes32 salt = wrong ? keccak256(abi.encode(filed.salt)) : filed.salt;
        bool allowed = _isOpen(filed) && !filed.disclosed && !wrong;
        bytes memory data = abi.encodeCall(ILineageClaims.disclose, (filed.id, EVIDENCE, salt, ""));
        if (!_attempt(account(index), 0, data, allowed)) return;
        filed.disclosed = true;
        if (filed.state == ClaimState.Filed) filed.contestUntil = uint40(block.timestamp) + CONTEST_PERIOD;
    }

    function acknowledge(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(filed.child)];
        bool allowed = _isOpen(filed) && _isController(filed, caller) && _hasRoom(filed.child, filed.parent, true);
        if (!_attempt(caller, 0, abi.encodeCall(ILineageClaims.acknowledge, (filed.id)), allowed)) return;
        filed.state = ClaimState.Acknowledged;
        _attest(filed.child, filed.parent, filed.relation, EvidenceGrade.Acknowledged, true);
        _credits[filed.claimant] += DEPOSIT;
    }

    function contest(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(filed.child)];
        bool allowed = filed.state == ClaimState.Filed && _isController(filed, caller);
        allowed = allowed && block.timestamp < filed.contestUntil;
        if (!_attempt(caller, 0, abi.encodeCall(ILineageClaims.contest, (filed.id, "")), allowed)) return;
        filed.state = ClaimState.Contested;
    }

    function accept(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : ADJUDICATOR;
        bool allowed = _isOpen(filed) && filed.disclosed && !filed.accepted && caller == ADJUDICATOR;
        if (!_attempt(caller, 0, abi.encodeCall(ILineageClaims.accept, (filed.id)), allowed)) return;
        filed.accepted = true;
    }

    function rule(uint256 index, bool upheld, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : ADJUDICATOR;
        bool heard = filed.state == ClaimState.Contested || block.timestamp >= filed.contestUntil;
        bool allowed = _isOpen(filed) && filed.accepted && heard && caller == ADJUDICATOR;
        bool adds = upheld && !filed.product;
        if (adds) allowed = allowed && _hasRoom(filed.child, filed.parent, false);
        if (!_attempt(caller, 0, abi.encodeCall(ILineageClaims.rule, (filed.id, upheld, "")), allowed)) return;
        filed.state = upheld ? ClaimState.Upheld : ClaimState.Rejected;
        if (adds) _attest(filed.child, filed.parent, filed.relation, EvidenceGrade.Adjudicated, true);
        if (adds && filed.replaces) _replaced[filed.child] = true;
        address credited =
            upheld
                ? filed.claimant
                : filed.product
                    ? TREASURY
                    : _controllers[account(filed.child)];
        _credits[credited] += DEPOSIT;
    }

    function withdraw(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : filed.claimant;
        bool allowed = _isOpen(filed) && caller == filed.claimant;
        if (!_attempt(caller, 0, abi.encodeCall(ILineageClaims.withdraw, (filed.id)), allowed)) return;
        filed.state = ClaimState.Withdrawn;
        _credits[filed.claimant] += DEPOSIT;
    }

    function extend(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : ADJUDICATOR;
        bool allowed = filed.state == ClaimState.Upheld && !filed.extended && caller == ADJUDICATOR;
        bytes memory data = abi.encodeCall(ILineageClaims.extend, (filed.id, _tensors(filed.child)));
        if (_attempt(caller, 0, data, allowed)) filed.extended = true;
    }

    /// @dev A model inherits: one with the weights, one with the tensors, or another. Every model was registered before
    /// every ruling, so each is heard.
    function inherit(uint256 index, uint256 model) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        model = model % 4 == 0 ? (model / 4) % MODELS : filed.child;
        Heir storage heir = _heirs[filed.id][model];
        Edge memory edge = edgeOf(model, filed.parent);
        bool matches =
            (filed.product && model == filed.child) || (filed.extended && _tensors(model) == _tensors(filed.child));
        bool allowed = !_isPaused() && matches && filed.state == ClaimState.Upheld;
        allowed = allowed && model != filed.parent && !_isDeclaredBy(model, filed.parent, filed.relation);
        bool done = edge.exists && edge.grade == EvidenceGrade.Adjudicated;
        bool opens = heir.state == InheritanceState.None;
        allowed = allowed && !done;
        if (!opens) {
            allowed = allowed && heir.state == InheritanceState.Pending && block.timestamp >= heir.contestUntil;
            allowed = allowed && _hasRoom(model, filed.parent, false);
        }
        bytes memory data = abi.encodeCall(ILineageClaims.inherit, (_registrationOf(model), filed.id));
        if (!_attempt(account(index), 0, data, allowed)) return;
        if (opens) {
            heir.state = InheritanceState.Pending;
            heir.contestUntil = uint40(block.timestamp) + CONTEST_PERIOD;
        } else {
            heir.state = InheritanceState.Applied;
            _attest(model, filed.parent, filed.relation, EvidenceGrade.Adjudicated, true);
        }
    }

    function contestInheritance(uint256 index, uint256 model, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        model = model % 4 == 0 ? (model / 4) % MODELS : filed.child;
        Heir storage heir = _heirs[filed.id][model];
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(model)];
        bool allowed = heir.state == InheritanceState.Pending && block.timestamp < heir.contestUntil;
        allowed = allowed && _controls(model, caller);
        bytes memory data = abi.encodeCall(ILineageClaims.contestInheritance, (filed.id, _models[model], ""));
        if (_attempt(caller, 0, data, allowed)) heir.state = InheritanceState.Contested;
    }

    function ruleInheritance(uint256 index, uint256 model, bool upheld, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        model = model % 4 == 0 ? (model / 4) % MODELS : filed.child;
        Heir storage heir = _heirs[filed.id][model];
        address caller = who % 4 == 0 ? account(who / 4) : ADJUDICATOR;
        bool allowed = heir.state == InheritanceState.Contested && caller == ADJUDICATOR;
        if (upheld) allowed = allowed && _hasRoom(model, filed.parent, false);
        bytes memory data = abi.encodeCall(ILineageClaims.ruleInheritance, (filed.id, _models[model], upheld, ""));
        if (!_attempt(caller, 0, data, allowed)) return;
        heir.state = upheld ? InheritanceState.Applied : InheritanceState.Rejected;
        if (upheld) _attest(model, filed.parent, filed.relation, EvidenceGrade.Adjudicated, true);
    }

    function setEvidenceUri(uint256 index, uint256 who) external {
        if (_filed.length == 0) return;
        Filed storage filed = _filed[index % _filed.length];
        address caller = who % 4 == 0 ? account(who / 4) : filed.claimant;
        bool allowed = filed.disclosed && caller == filed.claimant;
        _attempt(caller, 0, abi.encodeCall(ILineageClaims.setEvidenceUri, (filed.id, "ipfs://evidence")), allowed);
    }

    function attestParent(uint256 model, uint256 parent, uint8 relation, uint256 who) external {
        model %= MODELS;
        parent %= MODELS;
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(model)];
        bool allowed = !_isPaused() && _controls(model, caller) && relation % 11 != 0 && model != parent;
        allowed = allowed && !_isDeclaredBy(model, parent, Relation(relation % 11)) && !edgeOf(model, parent).exists;
        allowed = allowed && _hasRoom(model, parent, true);
        bytes memory data = abi.encodeCall(
            ILineageClaims.attestParent,
            (_models[model], _models[parent], Relation(relation % 11))
        );
        if (!_attempt(caller, 0, data, allowed)) return;
        _attest(model, parent, Relation(relation % 11), EvidenceGrade.Acknowledged, false);
    }

    function detachParent(uint256 model, uint256 parent, uint256 who) external {
        model %= MODELS;
        parent =
            _order[model].length == 0 || parent % 4 == 0
                ? (parent / 4) % MODELS
                : _order[model][(parent / 4) % _order[model].length];
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(model)];
        // Only where the publisher's own statement is all there is.
        Statement[] storage statements = _statements[model][parent];
        bool allowed = statements.length == 1 && !statements[0].claimed && _controls(model, caller);
        bytes memory data = abi.encodeCall(ILineageClaims.detachParent, (_models[model], _models[parent]));
        if (!_attempt(caller, 0, data, allowed)) return;
        delete _statements[model][parent];
        uint256[] memory before = _order[model];
        delete _order[model];
        for (uint256 i = 0; i < before.length; ++i) {
            if (before[i] != parent) _order[model].push(before[i]);
        }
    }

    function countersign(uint256 model, uint256 parent, uint256 who) external {
        model %= MODELS;
        parent %= MODELS;
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(parent)];
        Edge memory edge = edgeOf(model, parent);
        bool attestable = edge.exists && edge.grade < EvidenceGrade.Countersigned;
        bool declarable = _isDeclared(model, parent) && !_countersigned[model][parent];
        bool allowed = !_isPaused() && _controls(parent, caller) && (attestable || declarable);
        bytes memory data = abi.encodeCall(ILineageClaims.countersign, (_models[model], _models[parent]));
        if (!_attempt(caller, 0, data, allowed)) return;
        if (attestable) _attest(model, parent, edge.relation, EvidenceGrade.Countersigned, false);
        if (declarable) _countersigned[model][parent] = true;
    }

    /// @dev A statement is nothing but an event.
    function stateBinding(uint256 publisher, uint256 model, bool isBound, uint256 who) external {
        address caller = who % 4 == 0 ? account(who / 4) : _controllers[account(publisher)];
        ModelId externalModel = model % 8 == 0 ? ModelId.wrap(0) : EXTERNAL;
        ModelId about = model % 8 == 1 ? EXTERNAL : _models[model % MODELS];
        bool allowed = caller == _controllers[account(publisher)] && model % 8 > 1;
        bytes memory data = abi.encodeCall(
            ILineageClaims.stateBinding,
            (account(publisher), externalModel, about, isBound, EVIDENCE)
        );
        _attempt(caller, 0, data, allowed);
    }

    function withdrawDeposit(uint256 who, uint256 to) external {
        address caller = who % 4 == 0 ? TREASURY : account(who / 4);
        address payable receiver = payable(address(uint160(0x100000 + (to % 5))));
        bytes memory data = abi.encodeCall(ILineageClaims.withdrawDeposit, (receiver));
        uint256 before = receiver.balance;
        if (!_attempt(caller, 0, data, _credits[caller] != 0)) return;
        if (receiver.balance - before != _credits[caller]) ++disagreements;
        _credits[caller] = 0;
    }

    /// @dev Sends unsolicited ether.
    function force(uint8 amount) external {
        if (amount == 0) return;
        VM.deal(address(CLAIMS), address(CLAIMS).balance + amount);
        forced += amount;
    }

    function countFiled() external view returns (uint256) {
        return _filed.length;
    }

    function filedAt(uint256 index) external view returns (Filed memory) {
        return _filed[index];
    }

    function creditOf(address owner) external view returns (uint256) {
        return _credits[owner];
    }

    /// @dev The open claims in the model, and how many of them are accepted and about `subject`.
    function countOpen(bytes32 subject) external view returns (uint256 open, uint256 accepted) {
        for (uint256 i = 0; i < _filed.length; ++i) {
            Filed storage filed = _filed[i];
            if (!_isOpen(filed)) continue;
            ++open;
            bytes32 about = filed.product ? _weights(filed.child) : ModelId.unwrap(_models[filed.child]);
            if (filed.accepted && about == subject) ++accepted;
        }
    }

    /// @dev The upheld claims about the weights of a model as a product.
    function countUpheld(uint256 model) external view returns (uint256 count) {
        for (uint256 i = 0; i < _filed.length; ++i) {
            Filed storage filed = _filed[i];
            if (filed.product && filed.child == model && filed.state == ClaimState.Upheld) ++count;
        }
    }

    function countModels() external pure returns (uint256) {
        return MODELS;
    }

    function modelAt(uint256 index) external view returns (ModelId) {
        return _models[index];
    }

    function subjectsAt(uint256 index) external view returns (bytes32, bytes32) {
        return (ModelId.unwrap(_models[index]), _weights(index));
    }

    /// @dev The attested parents that the model expects, in order and without times.
    function edgesOf(uint256 model) external view returns (AttestedParent[] memory edges) {
        edges = new AttestedParent[](_order[model].length);
        for (uint256 i = 0; i < edges.length; ++i) {
            uint256 parent = _order[model][i];
            Edge memory edge = edgeOf(model, parent);
            edges[i] = AttestedParent(_models[parent], edge.relation, edge.grade, edge.undisclosed, 0);
        }
    }

    /// @dev The declared parents of a model that the model expects to be replaced.
    function replacedOf(uint256 model) external view returns (uint8) {
        if (!_replaced[model]) return 0;
        return model % 3 == 2 ? 2 : 1;
    }

    /// @dev The law of an edge, over all that was ever stated of it: its grade is the best of all; it is undisclosed once a claim was
    /// needed; its relation is that of the best evidence. Of equal grades a claim is better evidence than what the publisher
    /// stated unasked, and of equals the first is.
    function edgeOf(uint256 model, uint256 parent) public view returns (Edge memory edge) {
        Statement[] storage statements = _statements[model][parent];
        uint256 best;
        for (uint256 i = 0; i < statements.length; ++i) {
            Statement memory statement = statements[i];
            edge.undisclosed = edge.undisclosed || statement.claimed;
            uint256 evidence = 1 + 2 * uint256(statement.grade) + (statement.claimed ? 1 : 0);
            if (evidence <= best) continue;
            best = evidence;
            (edge.exists, edge.relation, edge.grade) = (true, statement.relation, statement.grade);
        }
    }

    function account(uint256 index) public pure returns (address) {
        return address(uint160(0x1000 + (index % ACCOUNTS)));
    }

    function _attempt(address caller, uint256 value, bytes memory data, bool allowed) private returns (bool success) {
        VM.deal(caller, value);
        VM.prank(caller);
        (success, ) = address(CLAIMS).call{value: value}(data);
        ++attempts;
        if (success) ++successes;
        if (success != allowed) ++disagreements;
    }

    function _attest(uint256 model, uint256 parent, Relation relation, EvidenceGrade grade, bool claimed) private {
        Statement[] storage statements = _statements[model][parent];
        if (statements.length == 0) _order[model].push(parent);
        statements.push(Statement(relation, grade, claimed));
    }

    /// @dev The publisher's limit is for the edges that began with its own word.
    function _hasRoom(uint256 model, uint256 parent, bool byPublisher) private view returns (bool) {
        if (!byPublisher || _statements[model][parent].length != 0) return true;
        uint256 count;
        for (uint256 i = 0; i < _order[model].length; ++i) {
            if (_statements[model][_order[model][i]][0].grade == EvidenceGrade.Acknowledged) ++count;
        }
        return count < 8;
    }

    function _isPaused() private view returns (bool) {
        return block.timestamp < CLAIMS.pausedUntil();
    }

    function _isOpen(Filed storage filed) private view returns (bool) {
        return filed.state == ClaimState.Filed || filed.state == ClaimState.Contested;
    }

    function _isController(Filed storage filed, address caller) private view returns (bool) {
        return !filed.product && _controls(filed.child, caller);
    }

    function _controls(uint256 model, address caller) private view returns (bool) {
        return caller == _controllers[account(model)];
    }

    /// @dev The registration of a model. Every third declares the one before it.
    function _registrationOf(uint256 model) private view returns (Registration memory registration) {
        registration.publisher = account(model);
        registration.weights = _weights(model);
        registration.tensors = _tensors(model);
        uint256 declared = model % 3 == 2 ? 1 : 0;
        registration.parents = new Parent[](declared + (_namesExternal(model) ? 1 : 0));
        if (declared == 1) registration.parents[0] = Parent(_models[model - 1], uint8(Relation.Finetune));
        if (_namesExternal(model)) registration.parents[declared] = Parent(EXTERNAL, uint8(Relation.Merge) | 0x80);
    }

    function _namesExternal(uint256 model) private pure returns (bool) {
        return model % 2 == 0;
    }

    function _isDeclared(uint256 model, uint256 parent) private pure returns (bool) {
        return model % 3 == 2 && parent == model - 1;
    }

    /// @dev Whether a model declares the parent by this relation.
    function _isDeclaredBy(uint256 model, uint256 parent, Relation relation) private pure returns (bool) {
        return _isDeclared(model, parent) && relation == Relation.Finetune;
    }

    /// @dev Two models have the same tensors.
    function _tensors(uint256 index) private pure returns (bytes32) {
        return bytes32(index / 2 + 1);
    }

    function _weights(uint256 index) private pure returns (bytes32) {
        return bytes32(index + 1);
    }
}

contract LineageClaimsInvariantTest is Test {
    LineageClaimsHandler private _handler;

    function setUp() public {
        VM.warp(1_800_000_000);
        _handler = new LineageClaimsHandler();
    }

    /// @dev The actions of the handler, without its views.
    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](22);
        selectors[0] = LineageClaimsHandler.pass.selector;
        selectors[1] = LineageClaimsHandler.pause.selector;
        selectors[2] = LineageClaimsHandler.file.selector;
        selectors[3] = LineageClaimsHandler.disclose.selector;
        selectors[4] = LineageClaimsHandler.acknowledge.selector;
        selectors[5] = LineageClaimsHandler.contest.selector;
        selectors[6] = LineageClaimsHandler.accept.selector;
        selectors[7] = LineageClaimsHandler.rule.selector;
        selectors[8] = LineageClaimsHandler.withdraw.selector;
        selectors[9] = LineageClaimsHandler.inherit.selector;
        selectors[10] = LineageClaimsHandler.attestParent.selector;
        selectors[11] = LineageClaimsHandler.countersign.selector;
        selectors[12] = LineageClaimsHandler.withdrawDeposit.selector;
        selectors[13] = LineageClaimsHandler.force.selector;
        selectors[14] = LineageClaimsHandler.setOperator.selector;
        selectors[15] = LineageClaimsHandler.handOver.selector;
        selectors[16] = LineageClaimsHandler.extend.selector;
        selectors[17] = LineageClaimsHandler.contestInheritance.selector;
        selectors[18] = LineageClaimsHandler.ruleInheritance.selector;
        selectors[19] = LineageClaimsHandler.detachParent.selector;
        selectors[20] = LineageClaimsHandler.setEvidenceUri.selector;
        selectors[21] = LineageClaimsHandler.stateBinding.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_handler), selectors);
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_handler);
    }

    /// @dev Every call succeeds exactly when the rules allow it: only the role rules, only the publisher's controller
    /// acknowledges, attests and countersigns, and nothing happens after the end.
    function invariant_theContractDoesWhatTheRulesAllowAndNothingElse() public view {
        assertEq(_handler.disagreements(), 0, "disagreements");
    }

    /// @dev The balance equals all credits and the deposits of open claims.
    function invariant_depositsAreNeitherLostNorMade() public view {
        (uint256 open, ) = _handler.countOpen(0);
        uint256 owed = _handler.CLAIMS().depositOf(_handler.TREASURY());
        for (uint256 i = 0; i < 3; ++i) owed += _handler.CLAIMS().depositOf(_handler.account(i));
        uint256 held = owed + open * _handler.DEPOSIT() + _handler.forced();
        assertEq(address(_handler.CLAIMS()).balance, held, "balance");
    }

    /// @dev A claim, chosen by the time, has the state of its last act: an end is final.
    function invariant_aClaimIsWhatBecameOfIt() public view {
        uint256 count = _handler.countFiled();
        if (count != 0) _checkClaim(uint256(keccak256(abi.encode(block.timestamp, count))) % count);
    }

    /// @dev An external parent is replaced for good, and only when a claim that says so was upheld.
    function invariant_onlyARulingReplacesAnExternalParent() public view {
        for (uint256 i = 0; i < _handler.countModels(); ++i) {
            assertEq(_handler.CLAIMS().replacedParentsOf(_handler.modelAt(i)), _handler.replacedOf(i), "replaced");
        }
    }

    /// @dev The edges of a model, chosen by the time, are those added and not detached, in order and with their highest
    /// grade.
    function invariant_anEdgeVanishesByDetachmentOnlyAndNeverShrinks() public view {
        _checkEdges(uint256(keccak256(abi.encode(block.timestamp, _handler.attempts()))) % _handler.countModels());
    }

    function afterInvariant() public {
        for (uint256 i = 0; i < _handler.countFiled(); ++i) _checkClaim(i);
        for (uint256 i = 0; i < _handler.countModels(); ++i) {
            _checkEdges(i);
            (bytes32 model, bytes32 weights) = _handler.subjectsAt(i);
            (, uint256 aboutModel) = _handler.countOpen(model);
            (, uint256 aboutWeights) = _handler.countOpen(weights);
            assertEq(_handler.CLAIMS().acceptedClaimsOf(model), aboutModel, "accepted about the model");
            assertEq(_handler.CLAIMS().acceptedClaimsOf(weights), aboutWeights, "accepted about the weights");
            uint256 against = aboutWeights + _handler.countUpheld(i);
            assertEq(_handler.CLAIMS().openOrUpheldClaimsOf(weights), against, "open or upheld about the weights");
            assertEq(_handler.CLAIMS().openOrUpheldClaimsOf(model), aboutModel, "open about the model");
        }
        // Everybody can leave: open claims are withdrawn, all credits are paid, and nothing remains.
        LineageClaims claims = _handler.CLAIMS();
        for (uint256 i = 0; i < _handler.countFiled(); ++i) {
            LineageClaimsHandler.Filed memory filed = _handler.filedAt(i);
            if (filed.state != ClaimState.Filed && filed.state != ClaimState.Contested) continue;
            VM.prank(filed.claimant);
            claims.withdraw(filed.id);
        }
        for (uint256 i = 0; i < 4; ++i) {
            address owner = i == 3 ? _handler.TREASURY() : _handler.account(i);
            if (claims.depositOf(owner) == 0) continue;
            VM.prank(owner);
            claims.withdrawDeposit(payable(address(0x200000)));
        }
        assertEq(address(claims).balance, _handler.forced(), "left behind");
    }

    function _checkClaim(uint256 index) private view {
        LineageClaimsHandler.Filed memory filed = _handler.filedAt(index);
        Claim memory claim = _handler.CLAIMS().claimOf(filed.id);
        assertEq(uint256(claim.state), uint256(filed.state), "state");
        assertEq(claim.claimant, filed.claimant, "claimant");
        assertEq(uint256(claim.relation), uint256(filed.relation), "relation");
        assertEq(claim.product, filed.product, "product");
        assertEq(claim.disclosed, filed.disclosed, "disclosed");
        assertEq(claim.accepted, filed.accepted, "accepted");
        assertEq(claim.contestUntil, filed.contestUntil, "time to contest");
        assertEq(ModelId.unwrap(claim.parent), ModelId.unwrap(_handler.modelAt(filed.parent)), "parent");
    }

    function _checkEdges(uint256 model) private view {
        AttestedParent[] memory expected = _handler.edgesOf(model);
        AttestedParent[] memory actual = _handler.CLAIMS().attestedParentsOf(_handler.modelAt(model));
        assertEq(actual.length, expected.length, "number of edges");
        for (uint256 i = 0; i < expected.length; ++i) {
            assertEq(ModelId.unwrap(actual[i].model), ModelId.unwrap(expected[i].model), "parent");
            assertEq(uint256(actual[i].relation), uint256(expected[i].relation), "relation");
            assertEq(uint256(actual[i].grade), uint256(expected[i].grade), "grade");
            assertEq(actual[i].undisclosed, expected[i].undisclosed, "undisclosed");
        }
    }
}
