//! Header maps as a gateway has them: ordered, multi-valued, any bytes; and their form on the ABI.

use std::fmt;

/// An ordered list of header fields. Names are kept in lower case, as HTTP/2 and Envoy do; values are any bytes.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct HeaderMap {
    fields: Vec<(Vec<u8>, Vec<u8>)>,
}

impl HeaderMap {
    /// An empty map.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a field, beside those of the same name.
    pub fn add(&mut self, name: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) {
        self.fields
            .push((name.as_ref().to_ascii_lowercase(), value.into()));
    }

    /// Puts one field in place of all those of the same name.
    pub fn set(&mut self, name: impl AsRef<[u8]>, value: impl Into<Vec<u8>>) {
        let name = name.as_ref().to_ascii_lowercase();
        let value = value.into();
        if let Some(at) = self.fields.iter().position(|(n, _)| *n == name) {
            let mut index = 0;
            self.fields.retain(|(n, _)| {
                let keep = index == at || *n != name;
                index = index.saturating_add(1);
                keep
            });
            if let Some(field) = self.fields.get_mut(at) {
                field.1 = value;
            }
        } else {
            self.fields.push((name, value));
        }
    }

    /// Removes all fields of a name.
    pub fn remove(&mut self, name: impl AsRef<[u8]>) {
        let name = name.as_ref().to_ascii_lowercase();
        self.fields.retain(|(n, _)| *n != name);
    }

    /// The first value of a name: all that `proxy_get_header_map_value` ever shows.
    pub fn first(&self, name: impl AsRef<[u8]>) -> Option<&[u8]> {
        self.all(name).next()
    }

    /// All values of a name, in order.
    pub fn all(&self, name: impl AsRef<[u8]>) -> impl Iterator<Item = &[u8]> {
        let name = name.as_ref().to_ascii_lowercase();
        self.fields
            .iter()
            .filter(move |(n, _)| *n == name)
            .map(|(_, v)| v.as_slice())
    }

    /// All fields, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&[u8], &[u8])> {
        self.fields
            .iter()
            .map(|(n, v)| (n.as_slice(), v.as_slice()))
    }

    /// How many fields there are.
    pub fn len(&self) -> usize {
        self.fields.len()
    }

    /// Whether there is no field.
    pub fn is_empty(&self) -> bool {
        self.fields.is_empty()
    }

    /// The sum of the lengths of names and values, which is what cpp-host reports as the map's size.
    pub fn byte_size(&self) -> usize {
        self.fields
            .iter()
            .map(|(n, v)| n.len().saturating_add(v.len()))
            .sum()
    }

    /// The ABI's form: the number of pairs, then each pair's two lengths, then names and values, each followed by a
    /// zero byte. An empty map is empty bytes, as in cpp-host.
    pub(crate) fn to_abi(&self) -> Vec<u8> {
        if self.fields.is_empty() {
            return Vec::new();
        }
        let mut out = Vec::new();
        out.extend_from_slice(&length(self.fields.len()));
        for (name, value) in &self.fields {
            out.extend_from_slice(&length(name.len()));
            out.extend_from_slice(&length(value.len()));
        }
        for (name, value) in &self.fields {
            out.extend_from_slice(name);
            out.push(0);
            out.extend_from_slice(value);
            out.push(0);
        }
        out
    }

    /// Reads the ABI's form. Bytes that are not of that form give an empty map, as in cpp-host, which also refuses
    /// more than 1,024 pairs or 1 MiB.
    pub(crate) fn from_abi(bytes: &[u8]) -> Self {
        const MAX_PAIRS: usize = 1024;
        const MAX_BYTES: usize = 1 << 20;
        if bytes.len() > MAX_BYTES {
            return Self::new();
        }
        let mut lengths = bytes;
        let Some(count) = take_u32(&mut lengths).filter(|count| *count <= MAX_PAIRS) else {
            return Self::new();
        };
        let Some((mut lengths, mut data)) = lengths.split_at_checked(count.saturating_mul(8))
        else {
            return Self::new();
        };
        let mut map = Self::new();
        while let (Some(name_len), Some(value_len)) =
            (take_u32(&mut lengths), take_u32(&mut lengths))
        {
            let (Some(name), Some(value)) = (
                take_text(&mut data, name_len),
                take_text(&mut data, value_len),
            ) else {
                return Self::new();
            };
            map.add(name, value);
        }
        map
    }
}

impl<N: AsRef<[u8]>, V: Into<Vec<u8>>> FromIterator<(N, V)> for HeaderMap {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        let mut map = Self::new();
        for (name, value) in fields {
            map.add(name, value);
        }
        map
    }
}

impl fmt::Debug for HeaderMap {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list()
            .entries(
                self.iter().map(|(name, value)| {
                    format!("{}: {}", name.escape_ascii(), value.escape_ascii())
                }),
            )
            .finish()
    }
}

fn length(of: usize) -> [u8; 4] {
    u32::try_from(of).unwrap_or(u32::MAX).to_le_bytes()
}

fn take_u32(bytes: &mut &[u8]) -> Option<usize> {
    let (head, tail) = bytes.split_first_chunk::<4>()?;
    *bytes = tail;
    usize::try_from(u32::from_le_bytes(*head)).ok()
}

fn take_text<'a>(bytes: &mut &'a [u8], len: usize) -> Option<&'a [u8]> {
    let (text, tail) = bytes.split_at_checked(len)?;
    let (zero, tail) = tail.split_first()?;
    *bytes = tail;
    (*zero == 0).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn abi_form_keeps_order_duplicates_and_any_bytes() {
        let map: HeaderMap = [
            ("a", b"1".to_vec()),
            ("B", b"\xff\x00\r".to_vec()),
            ("a", Vec::new()),
        ]
        .into_iter()
        .collect();
        let back = HeaderMap::from_abi(&map.to_abi());
        assert_eq!(back, map);
        assert_eq!(back.all("A").collect::<Vec<_>>(), [b"1".as_slice(), b""]);
        assert_eq!(back.first("b"), Some(b"\xff\x00\r".as_slice()));
    }

    #[test]
    fn set_replaces_every_value_in_the_place_of_the_first() {
        let mut map: HeaderMap = [("a", "1"), ("b", "2"), ("a", "3")].into_iter().collect();
        map.set("A", "4");
        let expected: HeaderMap = [("a", "4"), ("b", "2")].into_iter().collect();
        assert_eq!(map, expected);
    }

    #[test]
    fn malformed_abi_bytes_give_an_empty_map() {
        for (name, bytes) in [
            ("no count", vec![1, 0, 0]),
            ("count beyond the bytes", vec![9, 0, 0, 0, 1, 0, 0, 0]),
            (
                "length beyond the bytes",
                [1u32, 9, 9].iter().flat_map(|n| n.to_le_bytes()).collect(),
            ),
            ("too many pairs", 1025u32.to_le_bytes().to_vec()),
        ] {
            assert_eq!(HeaderMap::from_abi(&bytes), HeaderMap::new(), "{name}");
        }
    }
}
