//! Places that lead to each other: the strongly connected components of a graph, found again for one that lost an edge.

use std::collections::BTreeMap;

/// The circles of a graph whose nodes are numbers from 0 on.
pub(super) struct Circles {
    /// The circle of each node.
    of: Vec<usize>,
    members: BTreeMap<usize, Vec<usize>>,
    /// The last number that a circle got.
    last: usize,
}

/// A node on the way of the search: its place in the order of finding, and the least place that it leads to.
struct SearchStep {
    node: usize,
    next: Vec<usize>,
    place: usize,
    least: usize,
}

impl Circles {
    /// Finds them; `next` gives the nodes that a node leads to.
    pub(super) fn new(nodes: usize, next: impl Fn(usize) -> Vec<usize>) -> Self {
        let mut circles = Self { of: vec![0; nodes], members: BTreeMap::from([(0, (0..nodes).collect())]), last: 0 };
        circles.split(0, next);
        circles
    }

    /// The circle of a node.
    pub(super) fn of(&self, node: usize) -> usize {
        self.of[node]
    }

    /// Finds the circles within one that has lost an edge.
    pub(super) fn split(&mut self, circle: usize, next: impl Fn(usize) -> Vec<usize>) {
        let members = self.members.remove(&circle).unwrap_or_default();
        let mut places: BTreeMap<usize, usize> = BTreeMap::new();
        let mut found: Vec<usize> = Vec::new();
        for start in members {
            if places.contains_key(&start) {
                continue;
            }
            let mut way = vec![self.step(start, &next, &mut places, &mut found)];
            while let Some(step) = way.last_mut() {
                if let Some(node) = step.next.pop() {
                    // A node that has its circle by now, or is of another one, leads nowhere.
                    if self.of[node] != circle {
                        continue;
                    }
                    match places.get(&node) {
                        Some(place) => step.least = step.least.min(*place),
                        None => way.push(self.step(node, &next, &mut places, &mut found)),
                    }
                    continue;
                }
                let Some(done) = way.pop() else { break };
                if done.least == done.place {
                    self.close(done.node, &mut found);
                }
                if let Some(before) = way.last_mut() {
                    before.least = before.least.min(done.least);
                }
            }
        }
    }

    fn step(
        &self,
        node: usize,
        next: &impl Fn(usize) -> Vec<usize>,
        places: &mut BTreeMap<usize, usize>,
        found: &mut Vec<usize>,
    ) -> SearchStep {
        let place = places.len();
        places.insert(node, place);
        found.push(node);
        SearchStep { node, next: next(node), place, least: place }
    }

    /// Makes a circle of the nodes that were found since `first`.
    fn close(&mut self, first: usize, found: &mut Vec<usize>) {
        self.last += 1;
        let start = found.iter().rposition(|node| *node == first).unwrap_or_default();
        let members = found.split_off(start);
        for node in &members {
            self.of[*node] = self.last;
        }
        self.members.insert(self.last, members);
    }
}
